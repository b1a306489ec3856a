package io.tfcluster.examples.objectfeatures;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tfcluster.examples.common.Commands;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/**
 * From pictures to features and codes of the objects in them: the command line of the example, started by {@code bin/objectfeatures} or
 * spark-submit.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 the arguments are wrong.
 */
@Command(
        name = "objectfeatures",
        sortOptions = false,
        customSynopsis = {
            "objectfeatures (--images=DIR | --mongo=URI | --parquet=PATH |",
            "                       --folder=PATH) --models=DIR [OPTIONS]",
            "       objectfeatures (similar | duplicates | evaluate) [OPTIONS]"
        },
        description = {
            "",
            "Finds the main object of each picture, cuts it out, and writes its features and a binary code; then finds"
                    + " pictures that are alike.",
            "",
            "Without a command it extracts. What is written is not computed again: start it once more after it was"
                    + " stopped, or for new pictures.",
            ""
        },
        subcommands = {Similar.class, Duplicates.class, Evaluate.class},
        footer = {
            "",
            "Examples:",
            "  bin/objectfeatures --images photos --models models",
            "      loads the pictures into a MongoDB of its own, and takes them from there",
            "  bin/objectfeatures --folder hdfs://names/photos --models models \\",
            "      --output hdfs://names/codes",
            "      takes files as they are, and writes to HDFS",
            "  bin/objectfeatures similar --picture dog.jpg",
            "      shows what is most like the dog",
            "  bin/objectfeatures duplicates",
            "      shows what is there twice"
        })
public final class ObjectFeatures extends Extract {

    /** Made by picocli. */
    public ObjectFeatures() {}

    /**
     * Runs the command and ends this JVM.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8)));
    }

    static int run(String[] args, PrintWriter out, PrintWriter err) {
        return Commands.run("objectfeatures", new ObjectFeatures(), args, out, err);
    }
}
