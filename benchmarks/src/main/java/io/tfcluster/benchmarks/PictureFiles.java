package io.tfcluster.benchmarks;

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
        Optional<Path> flowers = SharedData.find("flowers");
        if (flowers.isEmpty()) {
            return Optional.empty();
        }
        PictureFiles files = new PictureFiles(temporary(), count);
        List<Row> rows = new ArrayList<>();
        try (Stream<Path> found = Files.walk(flowers.get())) {
            List<Path> pictures = found.filter(file -> file.toString().endsWith(".jpg"))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString())) // mixes the classes
                    .limit(count)
                    .toList();
            for (int i = 0; i < count; i++) {
                rows.add(RowFactory.create((long) i, Files.readAllBytes(pictures.get(i % pictures.size()))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the pictures of " + flowers.get() + ": " + e, e);
        }
        StructType schema = new StructType().add("id", DataTypes.LongType).add("content", DataTypes.BinaryType);
        spark.createDataFrame(rows, schema)
                .coalesce(1)
                .repartition(PARTITIONS)
                .write()
                .parquet(files.table());
        return Optional.of(files);
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
