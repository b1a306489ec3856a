package io.tfcluster.examples.flowers;

import static org.apache.spark.sql.types.DataTypes.BinaryType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.flowers.PictureDecoder.BrokenPictureException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/** Reads the collection with the mongo-spark-connector; decoding happens in the tasks, once, and is kept for the later epochs. */
final class PictureReader {

    /** Given in full, so that nothing is sampled to guess it. */
    private static final StructType SCHEMA = new StructType()
            .add("_id", StringType)
            .add("filename", StringType)
            .add("label", LongType)
            .add("image", BinaryType)
            .add("split", StringType);

    private final SparkSession spark;
    private final PictureStore store;

    PictureReader(SparkSession spark, PictureStore store) {
        this.spark = spark;
        this.store = store;
    }

    /**
     * Returns all documents, decoded to size × size, unusable ones included; persisted, so that each is decoded once.
     *
     * <p>They are shuffled, the same way for the same seed: a collection may hold one class after the other, and batches of one class
     * teach little. The files are shuffled, not the pixels: they are smaller.
     *
     * @param partitions so many, of about the same number of pictures
     */
    JavaRDD<Picture> pictures(int size, int partitions, long seed) {
        Decoding decoding = new Decoding(size);
        return documents(partitions)
                .javaRDD()
                .mapToPair(row -> new Tuple2<>(shuffleKey(row, seed), row))
                .repartitionAndSortWithinPartitions(new HashPartitioner(partitions))
                .values()
                .map(decoding::decode)
                .persist(StorageLevel.MEMORY_AND_DISK());
    }

    private static String shuffleKey(Row row, long seed) {
        return Loader.sha256((seed + "/" + row.get(0)).getBytes(StandardCharsets.UTF_8));
    }

    Dataset<Row> documents(int partitions) {
        return store.reader(spark, partitions).schema(SCHEMA).load();
    }

    /** How many documents cannot be used, by reason, with some of their names; an action over what is persisted. */
    static Map<String, List<String>> unusable(JavaRDD<Picture> pictures) {
        Map<String, List<String>> byReason = new TreeMap<>();
        pictures.filter(picture -> !picture.isUsable())
                .mapToPair(picture -> new Tuple2<>(picture.problem(), List.of(picture.name())))
                .reduceByKey((a, b) -> Stream.concat(a.stream(), b.stream()).toList())
                .collect()
                .forEach(entry -> byReason.put(entry._1(), entry._2()));
        return byReason;
    }

    /** Fails with a text when there are such and the run is strict; otherwise returns a line to print, empty if there is nothing to say. */
    static String judge(Map<String, List<String>> unusable, boolean strict, String place) {
        if (unusable.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        unusable.forEach((reason, names) -> text.append(text.isEmpty() ? "" : "; ")
                .append(names.size())
                .append(" × ")
                .append(reason)
                .append(" (")
                .append(String.join(", ", names.subList(0, Math.min(3, names.size()))))
                .append(names.size() > 3 ? ", …)" : ")"));
        if (strict) {
            throw new ExampleException("documents at " + place + " cannot be used: " + text
                    + ". Repair or remove them, or leave --strict out to skip them.");
        }
        return "skipped: " + text;
    }

    /** What a task does with a document; the same for photographs and drawings. */
    private record Decoding(int size) implements Serializable {

        Picture decode(Row row) {
            String id = row.isNullAt(0) ? "(no _id)" : row.getString(0);
            String name = row.isNullAt(1) ? "_id " + id : row.getString(1);
            if (row.isNullAt(3)) {
                return Picture.unusable(id, name, "no image");
            }
            if (row.isNullAt(2)) {
                return Picture.unusable(id, name, "no label");
            }
            try {
                byte[] pixels = PictureDecoder.decode(row.<byte[]>getAs(3), size);
                String split = row.isNullAt(4)
                        ? Loader.split(Loader.sha256(id.getBytes(StandardCharsets.UTF_8)))
                        : row.getString(4);
                return Picture.decoded(id, name, row.getLong(2), split.equals("test"), pixels);
            } catch (BrokenPictureException e) {
                return Picture.unusable(id, name, "image " + e.getMessage());
            }
        }
    }
}
