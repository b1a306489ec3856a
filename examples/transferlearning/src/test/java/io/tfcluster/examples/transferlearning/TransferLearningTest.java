package io.tfcluster.examples.transferlearning;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

@Timeout(300)
class TransferLearningTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Object... args) {
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        return TransferLearning.run(texts, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    /** Spots on a ground: warm ones are of one class, cold ones of the other. */
    private static void draw(Path folder, boolean warm, int count) throws IOException {
        Files.createDirectories(folder);
        Random random = new Random(warm ? 1 : 2);
        for (int i = 0; i < count; i++) {
            BufferedImage image = new BufferedImage(48, 40, BufferedImage.TYPE_INT_RGB);
            Graphics2D g = image.createGraphics();
            int strong = 140 + random.nextInt(100);
            int weak = random.nextInt(90);
            g.setColor(warm ? new Color(strong, 80, weak) : new Color(weak, 80, strong));
            g.fillRect(0, 0, 48, 40);
            g.setColor(Color.GRAY);
            g.fillOval(random.nextInt(30), random.nextInt(20), 12, 12);
            g.dispose();
            ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
        }
    }

    private static Path network(Path file) throws IOException {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            var pictures =
                    tf.withName("pictures").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 16, 16, 3)));
            tf.withName("means").math.mean(pictures, tf.constant(new int[] {1, 2}));
            return Files.write(file, graph.toGraphDef().toByteArray());
        }
    }

    @Test
    void coloursAreToldApartAndTheReportShowsThem(@TempDir Path folder) throws IOException {
        for (String part : List.of("train", "val")) {
            draw(folder.resolve(part + "/warm"), true, 20);
            draw(folder.resolve(part + "/cold"), false, 20);
        }
        Path report = folder.resolve("report.html");

        int code = run(
                "--images",
                folder,
                "--backbone",
                network(folder.resolve("means.pb")),
                "--tensor",
                "means",
                "--epochs",
                3,
                "--rate",
                "0.1",
                "--report",
                report,
                "--model-dir",
                folder.resolve("model"));

        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("40 pictures of cold and warm to learn from")
                .contains("epoch  3")
                .contains("30 steps in")
                .contains("test error 0.0%: 0 of 40 pictures wrong");
        String html = Files.readString(report);
        assertThat(html.split("<article", -1)).hasSize(41);
        assertThat(html).contains("data:image/jpeg;base64,").contains("<td class=\"right\">20</td>");
        assertThat(folder.resolve("model/metadata")).isDirectory();
    }

    @Test
    void wrongArgumentsAreToldBeforeAnythingStarts(@TempDir Path folder) throws IOException {
        Path graph = network(folder.resolve("means.pb"));
        assertThat(run("--images", folder, "--backbone", graph)).isEqualTo(2);
        assertThat(err.toString()).contains("has no folder train; it needs train and val");
        Files.createDirectories(folder.resolve("train"));
        Files.createDirectories(folder.resolve("val"));
        assertThat(run("--images", folder, "--backbone", folder.resolve("none.pb")))
                .isEqualTo(2);
        assertThat(run("--images", folder, "--backbone", graph, "--head", "tree"))
                .isEqualTo(2);
        assertThat(run("--images", folder, "--backbone", graph, "--momentum", 1))
                .isEqualTo(2);
        assertThat(run("--images", folder, "--backbone", graph, "--report", "/no/such/folder/r.html"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("none.pb is no file")
                .contains("--head must be sgd or logistic, got tree")
                .contains("--momentum 0 up to 1")
                .contains("/no/such/folder is missing or not writable");
    }

    @Test
    void theReportHasMistakesFirstAndEscapesNames() {
        List<Answer> answers = List.of(
                new Answer("/x/sure.jpg", 0, List.of(0.9, 0.1)),
                new Answer("/x/<b>.jpg", 1, List.of(0.8, 0.2)),
                new Answer("/x/unsure.jpg", 1, List.of(0.45, 0.55)));

        String html = new TransferReport(List.of("ants", "bees"), answers, List.of("a & b")).html(Map.of());

        assertThat(html)
                .contains("33.3%")
                .contains("a &amp; b")
                .contains("&lt;b&gt;.jpg")
                .doesNotContain("{{");
        assertThat(html.indexOf("&lt;b&gt;.jpg")).isLessThan(html.indexOf("unsure.jpg"));
        assertThat(html.indexOf("unsure.jpg")).isLessThan(html.indexOf(">sure.jpg"));
    }
}
