package io.tfcluster.examples.flowers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which pictures, and where they are kept. */
final class PictureOptions {

    static final int DRAWN = 2000;

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description =
                    "Folder with one folder of pictures per class. Without it (and without --mongo-uri) flowers are drawn.")
    @Nullable
    Path images;

    @Option(
            names = "--draw",
            paramLabel = "N",
            description = "How many pictures to draw where none are given (default " + DRAWN + ").")
    @Nullable
    Integer draw;

    @Option(
            names = "--mongo-uri",
            paramLabel = "URI",
            description =
                    "A MongoDB of yours, like mongodb://host:27017/flowers.pictures. Without it one is started beside"
                            + " us.")
    @Nullable
    String mongoUri;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where the MongoDB that we start keeps its data (default ~/.cache/tfcluster/flowers).")
    @Nullable
    Path dataDir;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Of drawing, of first weights and of shuffling (default ${DEFAULT-VALUE}).")
    long seed = 1;

    @Option(
            names = "--strict",
            description = "Fail at the first picture that is missing or broken, instead of skipping and counting.")
    boolean strict;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    boolean help;

    void check(Function<String, ? extends RuntimeException> wrong) {
        if (mongoUri != null && dataDir != null) {
            throw wrong.apply(
                    "--mongo-uri and --data-dir contradict each other: the one is a MongoDB of yours, the other is for the"
                            + " one we start; leave one out");
        }
        if (images != null && draw != null) {
            throw wrong.apply(
                    "--images and --draw contradict each other: photographs or drawn pictures; leave one out");
        }
        if (draw != null && (draw < 50 || draw > 1_000_000)) {
            throw wrong.apply("--draw must be 50 to 1000000, got " + draw);
        }
        if (images != null && !Files.isDirectory(images)) {
            throw wrong.apply("--images " + images + (Files.exists(images) ? " is no folder" : " does not exist")
                    + "; give a folder with one folder of pictures for each class");
        }
    }

    /** Where the embedded server keeps its data. */
    Path dataDirOrDefault() {
        return dataDir != null
                ? dataDir.toAbsolutePath()
                : Path.of(System.getProperty("user.home"), ".cache", "tfcluster", "flowers");
    }

    /** What is to be loaded before; null where the pictures are in the user's MongoDB already. */
    @Nullable
    PictureSource source() {
        if (images != null) {
            return FolderPictures.of(images);
        }
        if (mongoUri != null && draw == null) {
            return null;
        }
        return new DrawnPictures(draw == null ? DRAWN : draw, seed);
    }
}
