package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageReader;
import io.tfcluster.estimator.image.ImageTransformer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.types.TFloat32;

/** The stages of pictures on a stream of files. */
@Timeout(400)
class ImageStreamTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @TempDir
    Path folder;

    private void picture(String name, int grey) throws IOException {
        BufferedImage image = new BufferedImage(12, 9, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 12; x++) {
            for (int y = 0; y < 9; y++) {
                image.setRGB(x, y, grey << 16 | grey << 8 | grey);
            }
        }
        Path part = folder.resolve("." + name); // not seen until it is whole
        ImageIO.write(image, "png", part.toFile());
        Files.move(part, Files.createDirectories(folder.resolve("in")).resolve(name));
    }

    @Test
    void filesThatArriveAreDecodedAndFeaturized() throws Exception {
        Path graph = TestGraphs.write(
                folder.resolve("mean.pb"),
                tf -> tf.withName("mean")
                        .math
                        .mean(TestGraphs.in(tf, "pictures", TFloat32.class, -1, 4, 4, 3), tf.constant(new int[] {1, 2
                        })));
        picture("a.png", 51);
        Dataset<Row> files = SPARK.session()
                .readStream()
                .format("binaryFile")
                .schema("path string, modificationTime timestamp, length bigint, content binary")
                .load(folder.resolve("in").toString());
        Dataset<Row> pixels = new ImageTransformer()
                .setOutputCol("pixels")
                .setChain(ImageChain.decode().resize(2, 2).scale(0, 1))
                .setOnError("null")
                .transform(ImageReader.column(files, "content"));
        Dataset<Row> vectors = new ImageFeaturizer()
                .setFrozenGraph(graph.toString())
                .setOutputTensor("mean")
                .setPixelRange(0, 1)
                .setOnError("null")
                .setErrorCol("")
                .transform(pixels)
                .select("path", "pixels", "imageError", "features");

        StreamingQuery query = vectors.writeStream()
                .format("memory")
                .queryName("vectors")
                .option("checkpointLocation", folder.resolve("checkpoint").toString())
                .start();
        try {
            query.processAllAvailable();
            picture("b.png", 102);
            Files.write(folder.resolve("in/broken.png"), new byte[] {1, 2, 3});
            query.processAllAvailable();
        } finally {
            query.stop();
            query.awaitTermination(TimeUnit.SECONDS.toMillis(30));
        }

        List<Row> rows = SPARK.session().table("vectors").orderBy("path").collectAsList();
        assertThat(new TreeSet<>(names(rows))).containsExactly("a.png", "b.png", "broken.png");
        assertThat(rows.get(0).<Vector>getAs("features").toArray())
                .containsExactly(new double[] {0.2, 0.2, 0.2}, within(1e-5));
        assertThat(rows.get(1).<Float>getList(1)).hasSize(12).allMatch(value -> Math.abs(value - 0.4f) < 1e-5);
        assertThat(rows.get(2).isNullAt(3)).isTrue();
        assertThat(rows.get(2).<String>getAs("imageError")).isNotBlank();
    }

    private static List<String> names(List<Row> rows) {
        List<String> names = new ArrayList<>();
        rows.forEach(row -> names.add(row.getString(0).replaceAll(".*/", "")));
        return names;
    }
}
