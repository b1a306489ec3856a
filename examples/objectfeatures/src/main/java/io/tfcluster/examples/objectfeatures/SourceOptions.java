package io.tfcluster.examples.objectfeatures;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where the pictures are. */
final class SourceOptions {

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description = "A folder on this machine: its pictures are loaded into a MongoDB that is started beside us.")
    @Nullable
    Path images;

    @Option(
            names = "--mongo",
            paramLabel = "URI",
            description = "A MongoDB of yours, like mongodb://host:27017/shop.pictures.")
    @Nullable
    String mongo;

    @Option(names = "--parquet", paramLabel = "PATH", description = "Parquet files with a column of picture files.")
    @Nullable
    String parquet;

    @Option(names = "--folder", paramLabel = "PATH", description = "A folder of picture files, on any file system.")
    @Nullable
    String folder;

    @Option(
            names = "--id-col",
            paramLabel = "NAME",
            description = "Of Parquet: what names a picture (default id; MongoDB's is _id).")
    @Nullable
    String idColumn;

    @Option(
            names = "--image-col",
            paramLabel = "NAME",
            description = "Of Parquet and MongoDB: the picture file (default image).")
    @Nullable
    String imageColumn;

    @Option(
            names = "--label-col",
            paramLabel = "NAME",
            description =
                    "Of Parquet and MongoDB: what a picture is known to be, if anything (default label; class_name in"
                            + " MongoDB).")
    @Nullable
    String labelColumn;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where the MongoDB of --images keeps them (default ~/.cache/tfcluster/objectfeatures).")
    @Nullable
    Path dataDir;

    SourceSpec spec(Function<String, ? extends RuntimeException> wrong) {
        long named = Stream.of(images, mongo, parquet, folder)
                .filter(Objects::nonNull)
                .count();
        if (named != 1) {
            throw wrong.apply(
                    "name the pictures by one of --images DIR, --mongo URI, --parquet PATH and --folder PATH, got "
                            + (named == 0 ? "none" : named + " of them"));
        }
        boolean database = images != null || mongo != null;
        if (idColumn != null && parquet == null) {
            throw wrong.apply(
                    "--id-col goes with --parquet; MongoDB's documents are named by _id, files by their path");
        }
        if (dataDir != null && images == null) {
            throw wrong.apply("--data-dir goes with --images: it is where the embedded MongoDB keeps them");
        }
        if (folder != null && (imageColumn != null || labelColumn != null)) {
            throw wrong.apply("--image-col and --label-col go with --parquet and --mongo; a folder has no columns");
        }
        return new SourceSpec(
                kind(),
                place(wrong),
                images == null ? "" : dataDirOrDefault().toString(),
                database ? "_id" : orElse(idColumn, "id"),
                orElse(imageColumn, "image"),
                orElse(labelColumn, database ? "class_name" : "label"));
    }

    private String kind() {
        return images != null
                ? SourceSpec.IMAGES
                : mongo != null ? SourceSpec.MONGO : parquet != null ? SourceSpec.PARQUET : SourceSpec.FOLDER;
    }

    private String place(Function<String, ? extends RuntimeException> wrong) {
        if (images != null) {
            if (!Files.isDirectory(images)) {
                throw wrong.apply("--images " + images + (Files.exists(images) ? " is no folder" : " does not exist")
                        + "; name a folder of pictures");
            }
            return images.toAbsolutePath().normalize().toString();
        } else if (mongo != null) {
            return mongo.replaceAll("//[^@/]*@", "//");
        }
        return absolute(orElse(parquet, orElse(folder, "")));
    }

    /** Paths without a scheme are of this machine, and mean the same when they are read again from elsewhere. */
    static String absolute(String path) {
        return path.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")
                ? path
                : "file:" + Path.of(path).toAbsolutePath().normalize();
    }

    private Path dataDirOrDefault() {
        return dataDir != null
                ? dataDir.toAbsolutePath().normalize()
                : Path.of(System.getProperty("user.home"), ".cache", "tfcluster", "objectfeatures");
    }

    private static String orElse(@Nullable String given, String otherwise) {
        return given == null ? otherwise : given;
    }
}
