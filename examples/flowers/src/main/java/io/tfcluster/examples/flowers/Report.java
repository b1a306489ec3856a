package io.tfcluster.examples.flowers;

import io.tfcluster.EpochReport;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.Html;
import io.tfcluster.examples.flowers.Evaluation.Answer;
import io.tfcluster.examples.flowers.TrainingWatch.Point;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** The report as one HTML file that needs nothing else: pictures are inside it, curves are SVG. */
final class Report {

    private static final int WORST = 20;
    private static final int OTHERS = 20;

    private final RunResult result;
    private final List<Point> curve;
    private final List<String> facts;

    Report(RunResult result, List<Point> curve, List<String> facts) {
        this.result = result;
        this.curve = List.copyOf(curve);
        this.facts = List.copyOf(facts);
    }

    /** The pictures worth showing: the mistakes the model was surest of, then some it got right. */
    static List<Answer> sample(Evaluation evaluation, long seed) {
        List<Answer> shown = new ArrayList<>(evaluation.answers().stream()
                .filter(answer -> !answer.isRight())
                .sorted(Comparator.comparing(Answer::certainty).reversed().thenComparing(Answer::id))
                .limit(WORST)
                .toList());
        List<Answer> right = new ArrayList<>(evaluation.answers().stream()
                .filter(Answer::isRight)
                .sorted(Comparator.comparing(Answer::id))
                .toList());
        Collections.shuffle(right, new Random(seed));
        shown.addAll(right.subList(0, Math.min(right.size(), WORST + OTHERS - shown.size())));
        return shown;
    }

    /**
     * Writes the file.
     *
     * @param shown pictures to show
     * @param thumbnails their JPEG files by id; those without are shown without
     */
    void write(Path file, List<Answer> shown, Map<String, byte[]> thumbnails) {
        try {
            Files.writeString(file, html(shown, thumbnails), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ExampleException("cannot write --report " + file + ": " + e, e);
        }
    }

    String html(List<Answer> shown, Map<String, byte[]> thumbnails) {
        Evaluation evaluation = result.evaluation();
        return template()
                .replace("{{style}}", Html.resource(Report.class, "report.css"))
                .replace("{{accuracy}}", String.format(Locale.ROOT, "%.1f%%", 100 * evaluation.accuracy()))
                .replace(
                        "{{tested}}",
                        String.format(Locale.ROOT, "%,d", evaluation.answers().size()))
                .replace(
                        "{{facts}}",
                        facts.stream()
                                .map(fact -> "<li>" + Html.escape(fact) + "</li>")
                                .collect(Collectors.joining()))
                .replace("{{classes}}", classTable(evaluation))
                .replace("{{curve}}", Charts.learningCurve(curve))
                .replace("{{epochs}}", epochs())
                .replace(
                        "{{pictures}}",
                        shown.stream()
                                .map(answer -> card(answer, thumbnails, evaluation.classes()))
                                .collect(Collectors.joining("\n")));
    }

    private static String classTable(Evaluation evaluation) {
        List<String> classes = evaluation.classes();
        StringBuilder table = new StringBuilder("<table class=\"confusion\"><thead><tr><th>is \\ taken for</th>");
        classes.forEach(name -> table.append("<th>").append(Html.escape(name)).append("</th>"));
        table.append("<th>precision</th><th>recall</th></tr></thead><tbody>");
        for (int is = 0; is < classes.size(); is++) {
            int all = 0;
            for (int taken = 0; taken < classes.size(); taken++) {
                all += evaluation.count(is, taken);
            }
            table.append("<tr><th>").append(Html.escape(classes.get(is))).append("</th>");
            for (int taken = 0; taken < classes.size(); taken++) {
                int count = evaluation.count(is, taken);
                double share = all == 0 ? 0 : (double) count / all;
                table.append(String.format(
                        Locale.ROOT,
                        "<td style=\"background:rgba(%s,%.2f)\">%d</td>",
                        is == taken ? "31,119,80" : "200,60,40",
                        Math.min(0.85, share),
                        count));
            }
            table.append(String.format(
                    Locale.ROOT,
                    "<td>%.1f%%</td><td>%.1f%%</td></tr>",
                    100 * evaluation.precision(is),
                    100 * evaluation.recall(is)));
        }
        return table.append("</tbody></table>").toString();
    }

    private String epochs() {
        StringBuilder table = new StringBuilder(
                "<table><thead><tr><th>epoch</th><th>rows fed</th><th>rows by node</th></tr></thead><tbody>");
        for (EpochReport epoch : result.epochs()) {
            table.append(String.format(
                    Locale.ROOT,
                    "<tr><td>%d</td><td>%,d</td><td>%s</td></tr>",
                    epoch.epoch() + 1,
                    epoch.inputRows(),
                    Html.escape(
                            epoch.rowsByNode().toString().replaceAll("[{}]", "").replace("=", " "))));
        }
        return table.append("</tbody></table>").toString();
    }

    private static String card(Answer answer, Map<String, byte[]> thumbnails, List<String> classes) {
        byte[] jpeg = thumbnails.get(answer.id());
        StringBuilder card = new StringBuilder("<article class=\"")
                .append(answer.isRight() ? "right" : "wrong")
                .append("\">");
        if (jpeg != null) {
            card.append("<img alt=\"\" src=\"").append(Html.jpeg(jpeg)).append("\">");
        }
        card.append("<h3>").append(Html.escape(classes.get(answer.label())));
        if (!answer.isRight()) {
            card.append(" <span>taken for ")
                    .append(Html.escape(classes.get(answer.best())))
                    .append("</span>");
        }
        card.append("</h3><dl>");
        for (int i = 0; i < classes.size(); i++) {
            double percent = 100 * answer.probabilities().get(i);
            card.append(String.format(
                    Locale.ROOT,
                    "<dt>%s</dt><dd><i class=\"%s\" style=\"width:%.1f%%\"></i><b>%.1f%%</b></dd>",
                    Html.escape(classes.get(i)),
                    i == answer.label() ? "is" : "other",
                    percent,
                    percent));
        }
        return card.append("</dl><p title=\"")
                .append(Html.escape(answer.id()))
                .append("\">")
                .append(Html.escape(answer.name()))
                .append("</p></article>")
                .toString();
    }

    private static String template() {
        return Html.resource(Report.class, "report.html");
    }
}
