package io.tfcluster.examples.flowers;

import io.tfcluster.examples.common.Console;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Only fills MongoDB. */
@Command(name = "load", description = "Loads pictures into MongoDB and ends.")
final class LoadCommand implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    PictureOptions pictures = new PictureOptions();

    @Override
    public Integer call() {
        pictures.check(
                message -> new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), message));
        if (pictures.images == null && pictures.draw == null) {
            throw new ParameterException(
                    spec == null ? new CommandLine(this) : spec.commandLine(), "load needs --images DIR or --draw N");
        }
        Console console = new Console(System.out);
        try (Database database = Database.open(pictures, console)) {
            database.fill();
        }
        return CommandLine.ExitCode.OK;
    }
}
