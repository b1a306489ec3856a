package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.EmbeddedMongo;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.MongoStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** Opens pictures: starts what has to be started, connects, and loads a folder where it is to be in MongoDB first. */
final class Sources {

    private static final String MONGO_OPTION = "--mongo";

    private static final int PARTITIONS_OF_A_SLOT = 4;

    private final SparkSession spark;
    private final Console console;

    Sources(SparkSession spark, Console console) {
        this.spark = spark;
        this.console = console;
    }

    /**
     * Opens.
     *
     * @param uri of the user's MongoDB with what is secret in it, or null for what the spec remembers
     * @param fill whether a folder is loaded into the embedded MongoDB; if not, what an earlier run loaded is taken
     */
    Pictures open(SourceSpec spec, @Nullable String uri, boolean fill) {
        // more than there are tasks: each reads some at a time
        int partitions = PARTITIONS_OF_A_SLOT * Math.max(1, spark.sparkContext().defaultParallelism());
        return switch (spec.kind()) {
            case SourceSpec.FOLDER -> FolderPictures.of(spark, spec.place());
            case SourceSpec.PARQUET -> ParquetPictures.of(spark, spec);
            case SourceSpec.MONGO ->
                new MongoPictures(
                        spark,
                        spec,
                        MongoStore.connect(
                                uri == null ? spec.place() : uri,
                                MONGO_OPTION,
                                MongoPictures.DATABASE,
                                MongoPictures.COLLECTION),
                        null,
                        partitions);
            case SourceSpec.IMAGES -> embedded(spec, fill, partitions);
            default ->
                throw new ExampleException(
                        "pictures of the kind \"" + spec.kind() + "\" are unknown; was run.json changed?");
        };
    }

    private Pictures embedded(SourceSpec spec, boolean fill, int partitions) {
        EmbeddedMongo mongo = EmbeddedMongo.start(Path.of(spec.dataDir()));
        try {
            MongoStore store =
                    MongoStore.connect(mongo.uri(), MONGO_OPTION, MongoPictures.DATABASE, collection(spec.place()));
            if (fill) {
                console.say("MongoDB: embedded, process " + mongo.pid());
                fill(spec, store);
            }
            return new MongoPictures(spark, spec, store, mongo, partitions);
        } catch (RuntimeException e) {
            mongo.close();
            throw e;
        }
    }

    private void fill(SourceSpec spec, MongoStore store) {
        MongoFill.Report report =
                new MongoFill(store, spec).load(Path.of(spec.place()), files -> console.progress("loading", files));
        console.say(String.format(
                Locale.ROOT,
                "%,d files, %,d of them loaded now, %,d too large for MongoDB",
                report.files(),
                report.added(),
                report.tooLarge().size()));
        report.tooLarge().stream().limit(3).forEach(file -> console.say("  over 15 MB: " + file));
    }

    /** A collection for each folder: runs do not mix. */
    private static String collection(String folder) {
        CRC32C crc = new CRC32C();
        crc.update(folder.getBytes(StandardCharsets.UTF_8));
        String name = String.valueOf(Path.of(folder).getFileName()).replaceAll("[^A-Za-z0-9_]", "_");
        return name + "_" + Long.toHexString(crc.getValue());
    }
}
