package io.tfcluster.examples.objectfeatures;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * Pictures and networks made by the tests: patches of colour, a "detector" that finds a dog in the middle of what is bright, and a
 * "network" whose features are the picture itself, 8 × 8 pixels of it.
 */
final class Drawn {

    static final int FEATURES = 8 * 8 * 3;
    static final String LABELS = "item {\n  name: \"/m/0bt9lr\"\n  id: 18\n  display_name: \"dog\"\n}\n";

    private static final int WIDTH = 96;
    private static final int HEIGHT = 64;

    private Drawn() {}

    /** Patches of colour, others for each seed. */
    static BufferedImage picture(long seed, boolean bright) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        int from = bright ? 150 : 0;
        for (int x = 0; x < WIDTH; x += 12) {
            for (int y = 0; y < HEIGHT; y += 8) {
                pen.setColor(
                        new Color(from + random.nextInt(100), from + random.nextInt(100), from + random.nextInt(100)));
                pen.fillRect(x, y, 12, 8);
            }
        }
        pen.dispose();
        return image;
    }

    static BufferedImage resized(BufferedImage image, int width, int height) {
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = small.createGraphics();
        pen.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        pen.drawImage(image, 0, 0, width, height, null);
        pen.dispose();
        return small;
    }

    static byte[] jpeg(BufferedImage image) {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            ImageIO.write(image, "jpg", out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes so many pictures below class folders, every second one bright; {@code a/0.jpg}, {@code b/1.jpg}, … */
    static void pictures(Path folder, int count) throws IOException {
        for (String name : new String[] {"a", "b"}) {
            Files.createDirectories(folder.resolve(name));
        }
        for (int i = 0; i < count; i++) {
            String name = i % 2 == 0 ? "a" : "b";
            Files.write(folder.resolve(name + "/" + i + ".jpg"), jpeg(picture(i, i % 2 == 0)));
        }
    }

    /** Writes the networks and the label map; returns the options that name them. */
    static String[] networks(Path folder) throws IOException {
        Files.createDirectories(folder);
        write(folder.resolve("detector.pb"), Drawn::detector);
        write(folder.resolve("network.pb"), tf -> {
            Placeholder<TFloat32> input =
                    tf.withName("input").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8, 8, 3)));
            Operand<TFloat32> values = tf.reshape(input, tf.constant(new int[] {-1, FEATURES}));
            // How bright a picture is as a whole would else decide every bit.
            tf.withName("values").math.sub(values, tf.math.mean(values, tf.constant(1), Mean.keepDims(true)));
        });
        Files.writeString(folder.resolve("labels.pbtxt"), LABELS);
        return new String[] {
            "--detector", folder.resolve("detector.pb").toString(),
            "--label-map", folder.resolve("labels.pbtxt").toString(),
            "--network", folder.resolve("network.pb").toString(),
            "--tensor", "values"
        };
    }

    /** The tensors of the Object Detection API; the score is how bright the picture is. */
    private static void detector(Ops tf) {
        Placeholder<TUint8> pictures =
                tf.withName("image_tensor").placeholder(TUint8.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
        Operand<TFloat32> light =
                tf.math.mean(tf.dtypes.cast(pictures, TFloat32.class), tf.constant(new int[] {1, 2, 3}));
        Operand<TFloat32> column = tf.reshape(light, tf.constant(new int[] {-1, 1}));
        Operand<TFloat32> score = tf.withName("detection_scores").math.div(column, tf.constant(255f));
        Operand<TFloat32> nothing = tf.math.mul(score, tf.constant(0f));
        tf.withName("detection_classes").math.add(nothing, tf.constant(18f));
        tf.withName("num_detections").math.add(tf.reshape(nothing, tf.constant(new int[] {-1})), tf.constant(1f));
        tf.withName("detection_boxes")
                .math
                .add(tf.reshape(nothing, tf.constant(new int[] {-1, 1, 1})), tf.constant(new float[][][] {
                    {{0.25f, 0.25f, 0.75f, 0.75f}}
                }));
    }

    static void write(Path file, Consumer<Ops> build) {
        try (Graph graph = new Graph()) {
            build.accept(Ops.create(graph));
            Files.write(file, graph.toGraphDef().toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
