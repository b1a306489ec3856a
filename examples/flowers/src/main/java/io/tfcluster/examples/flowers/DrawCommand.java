package io.tfcluster.examples.flowers;

import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.ProgressBar;
import io.tfcluster.examples.flowers.PictureSource.Candidate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes drawn pictures as files, to look at or to load by other means. */
@Command(name = "draw", description = "Draws flowers into a folder, one folder per class.")
final class DrawCommand implements Callable<Integer> {

    @Parameters(paramLabel = "DIR", description = "Folder to write to; made if it is not there.")
    @Nullable
    Path folder;

    @Option(names = "--draw", paramLabel = "N", description = "How many pictures (default ${DEFAULT-VALUE}).")
    int draw = 100;

    @Option(names = "--seed", paramLabel = "N", description = "Same seed, same pictures (default ${DEFAULT-VALUE}).")
    long seed = 1;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    boolean help;

    @Override
    public Integer call() {
        if (folder == null) {
            throw new IllegalStateException("picocli demands DIR");
        }
        PictureSource source = new DrawnPictures(draw, seed);
        Console console = new Console(System.out);
        ProgressBar progress = console.progress("drawing", source.count());
        try {
            long done = 0;
            for (Iterator<Candidate> i = source.candidates(); i.hasNext(); ) {
                Candidate picture = i.next();
                Path file = folder.resolve(picture.name());
                Files.createDirectories(folder.resolve(source.classes().get(picture.label())));
                Files.write(file, picture.read());
                progress.at(++done);
            }
        } catch (IOException e) {
            throw new ExampleException("cannot write to " + folder + ": " + e, e);
        }
        return CommandLine.ExitCode.OK;
    }
}
