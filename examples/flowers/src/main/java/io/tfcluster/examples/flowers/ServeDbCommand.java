package io.tfcluster.examples.flowers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The child process of {@link EmbeddedMongo}; not for people. */
@Command(name = "serve-db", hidden = true)
final class ServeDbCommand implements Callable<Integer> {

    @Parameters(arity = "1")
    @Nullable
    Path folder;

    @Override
    public Integer call() throws IOException {
        if (folder == null) {
            throw new IllegalStateException("picocli gives the folder, arity is 1");
        }
        return EmbeddedMongoServer.serve(folder, System.out);
    }
}
