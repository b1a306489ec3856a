package io.tfcluster.benchmarks;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import io.tfcluster.estimator.image.ChannelOrder;
import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageTransformer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Photographs of flowers in a folder of the run's own, as a table of files, and as the pixels that two networks take. {@link #close()} removes
 * the folder.
 *
 * @param count of the pictures
 */
record PictureFiles(Path folder, int count) implements AutoCloseable {
    /** Of the table, with as many pictures each. */
    static final int PARTITIONS = 16;

    private static final int MANY = 1_000;

    /** Copies so many pictures into a table, again and again the same ones if need be; nothing where they are not beside the checkout. */
    static Optional<PictureFiles> copy(SparkSession spark, int count) {
        List<String> pictures = flowers();
        if (pictures.isEmpty()) {
            return Optional.empty();
        }
        PictureFiles files = new PictureFiles(temporary(), count);
        List<Row> rows = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                rows.add(RowFactory.create((long) i, Files.readAllBytes(Path.of(pictures.get(i % pictures.size())))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the pictures: " + e, e);
        }
        StructType schema = new StructType().add("id", DataTypes.LongType).add("content", DataTypes.BinaryType);
        spark.createDataFrame(rows, schema)
                .coalesce(1)
                .repartition(PARTITIONS)
                .write()
                .parquet(files.table());
        return Optional.of(files);
    }

    /** Only the folder: the pictures stay where they are, see {@link #again}. */
    static PictureFiles none() {
        return new PictureFiles(temporary(), 0);
    }

    /** Returns the paths of the photographs, in an order that mixes the classes; none where they are not beside the checkout. */
    static List<String> flowers() {
        Optional<Path> flowers = SharedData.find("flowers");
        if (flowers.isEmpty()) {
            return List.of();
        }
        try (Stream<Path> found = Files.walk(flowers.get())) {
            return found.filter(file -> file.toString().endsWith(".jpg"))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .map(Path::toString)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the pictures of " + flowers.get() + ": " + e, e);
        }
    }

    /** Adds a file to each {@code id}, in {@code content}: one of these, read when the row is. */
    static Dataset<Row> again(Dataset<Row> ids, List<String> pictures) {
        String[] paths = pictures.toArray(new String[0]);
        UDF1<Long, byte[]> file = id -> Files.readAllBytes(Path.of(paths[(int) (id % paths.length)]));
        return ids.withColumn("content", udf(file, DataTypes.BinaryType).apply(col("id")));
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("tfcluster-pictures-");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot make a folder for pictures under " + System.getProperty("java.io.tmpdir"), e);
        }
    }

    private String table() {
        return folder.resolve("table").toString();
    }

    /** Returns the column {@code id} and the files in {@code content}, in 16 partitions. */
    Dataset<Row> read(SparkSession spark) {
        spark.conf()
                .set(
                        "spark.sql.files.minPartitionNum",
                        MANY); // or Spark would pack several of these small files together
        return spark.read().parquet(table());
    }

    /** Returns where results may be written. */
    String results() {
        return folder.resolve("results").toString();
    }

    /** Decodes some pictures and writes their pixels, three bytes each, one picture after the other, for a network that takes squares. */
    Path pixels(SparkSession spark, int pictures, int side) {
        List<Row> rows = new ImageTransformer()
                .setInputCol("content")
                .setChain(ImageChain.decode().resize(side, side).order(ChannelOrder.RGB))
                .setOutputType("bytes")
                .transform(read(spark).limit(pictures))
                .select("pixels")
                .collectAsList();
        Path file = folder.resolve("pixels-" + side);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < pictures; i++) {
                out.write(rows.get(i % rows.size()).<byte[]>getAs(0));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
        return file;
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " could not be removed; remove it by hand", e);
        }
    }
}
