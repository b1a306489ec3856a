package io.tfcluster.examples.flowers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tfcluster.EpochReport;
import io.tfcluster.examples.flowers.Evaluation.Answer;
import io.tfcluster.examples.flowers.TrainingWatch.Point;
import io.tfcluster.reservation.NodeProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    private static final List<String> CLASSES = List.of("daisy", "roses");

    @TempDir
    Path folder;

    @Test
    void evaluationCountsWhatWasTakenForWhat() {
        Evaluation evaluation = new Evaluation(
                CLASSES,
                List.of(answer("a", 0, 0.9f), answer("b", 0, 0.2f), answer("c", 1, 0.6f), answer("d", 1, 0.1f)));

        assertThat(evaluation.accuracy()).isEqualTo(0.5);
        assertThat(evaluation.count(0, 1)).isEqualTo(1);
        assertThat(evaluation.precision(0)).isEqualTo(0.5);
        assertThat(evaluation.recall(1)).isEqualTo(0.5);
        assertThat(evaluation.table()).allMatch(line -> line.length() <= 80).anyMatch(line -> line.contains("50.0%"));
        assertThat(new Evaluation(CLASSES, List.of()).accuracy()).isZero();
    }

    @Test
    void tableOfFiveClassesFitsIn80Columns() {
        Evaluation evaluation = new Evaluation(
                List.of("daisy", "dandelion", "roses", "sunflowers", "tulips"),
                List.of(new Answer("a", "a.jpg", 0, List.of(1f, 0f, 0f, 0f, 0f))));

        assertThat(evaluation.table()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void jsonHasTheFieldsThatProgramsRead() throws IOException {
        Path file = folder.resolve("result.json");

        result(4).writeJson(file);

        JsonNode json = new ObjectMapper().readTree(file.toFile());
        assertThat(json.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "accuracy", "classes", "seconds", "imagesPerSecond", "images", "model", "epochs");
        assertThat(json.at("/classes/daisy/precision").asDouble()).isBetween(0.0, 1.0);
        assertThat(json.at("/imagesPerSecond").asDouble()).isCloseTo(10, within(1e-9));
        assertThat(json.at("/epochs/0/epoch").asInt()).isZero();
        assertThat(json.at("/epochs/0/inputRows").asInt()).isEqualTo(100);
        assertThat(json.at("/epochs/0/rowsByNode/worker:1").asInt()).isEqualTo(60);
    }

    @Test
    void reportShowsTheWorstMistakesFirstAndNeedsNothingFromOutside() throws IOException {
        RunResult result = result(100);
        List<Answer> shown = Report.sample(result.evaluation(), 1);
        List<Point> curve = IntStream.range(0, 50)
                .mapToObj(i -> new Point(i, 0, i, 2.0 / (i + 1), i / 50.0))
                .toList();
        Path file = folder.resolve("report.html");

        new Report(result, curve, List.of("Pictures: <drawn>"))
                .write(file, shown, Map.of(shown.get(0).id(), new byte[] {1, 2, 3}));

        assertThat(shown).hasSize(40);
        assertThat(shown.get(0).isRight()).isFalse();
        assertThat(shown.get(0).certainty()).isGreaterThanOrEqualTo(shown.get(1).certainty());
        String html = Files.readString(file);
        assertThat(html)
                .contains(
                        "data:image/jpeg;base64,AQID",
                        "<polyline",
                        "worker:1 60",
                        "Pictures: &lt;drawn&gt;",
                        "taken for")
                .doesNotContain("{{", "http:", "https:", "src=\"/", "<script", "<link");
    }

    @Test
    void linesFitIn80Columns() {
        NodeProgress progress = new NodeProgress(
                "training", 999, 1_234_567, 1, 12_345, Duration.ZERO, Map.of("loss", 1.2345, "accuracy", 0.5));

        assertThat(TrainingWatch.line("worker:10", progress))
                .hasSizeLessThan(80)
                .contains("epoch 1000", "loss 1.23");
        assertThat(TrainingWatch.epochLine(epoch(0, 40, 60), 25))
                .isEqualTo("epoch 1/25 fed: 100 of 100 rows = worker:0 40 + worker:1 60");
        TreeMap<String, Long> many = new TreeMap<>();
        IntStream.range(0, 20).forEach(i -> many.put("worker:" + i, 5L));
        assertThat(TrainingWatch.epochLine(new EpochReport("train", 0, 100, many, Duration.ZERO), 25))
                .hasSizeLessThan(80)
                .endsWith("to 20 nodes");
    }

    private static RunResult result(int answers) {
        List<Answer> list = IntStream.range(0, answers)
                .mapToObj(i -> answer("id" + i, i % 2, (i * 37 % 100) / 100f))
                .toList();
        return new RunResult(
                "drawn",
                "small CNN",
                120,
                100,
                20,
                new Evaluation(CLASSES, list),
                List.of(epoch(0, 40, 60), epoch(1, 50, 50)));
    }

    private static EpochReport epoch(long number, long first, long second) {
        return new EpochReport(
                "train",
                number,
                first + second,
                new TreeMap<>(Map.of("worker:0", first, "worker:1", second)),
                Duration.ofSeconds(1));
    }

    private static Answer answer(String id, int label, float daisy) {
        return new Answer(id, "folder/" + id + ".jpg", label, List.of(daisy, 1 - daisy));
    }
}
