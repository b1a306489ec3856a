package io.tfcluster.examples.transferlearning;

import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.Html;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report as one HTML file that needs nothing else: all test pictures with their probabilities, mistakes first. */
final class TransferReport {

    private final List<String> classes;
    private final List<Answer> answers;
    private final List<String> facts;

    TransferReport(List<String> classes, List<Answer> answers, List<String> facts) {
        this.classes = List.copyOf(classes);
        this.answers = List.copyOf(answers);
        this.facts = List.copyOf(facts);
    }

    /**
     * Writes the file.
     *
     * @param thumbnails JPEG files by path; pictures without are shown without
     */
    void write(Path file, Map<String, byte[]> thumbnails) {
        try {
            Files.writeString(file, html(thumbnails), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ExampleException("cannot write --report " + file + ": " + e, e);
        }
    }

    String html(Map<String, byte[]> thumbnails) {
        long wrong = answers.stream().filter(answer -> !answer.isRight()).count();
        return Html.resource(TransferReport.class, "report.html")
                .replace("{{style}}", Html.resource(TransferReport.class, "report.css"))
                .replace("{{error}}", String.format(Locale.ROOT, "%.1f%%", 100.0 * wrong / Math.max(1, answers.size())))
                .replace("{{wrong}}", String.valueOf(wrong))
                .replace("{{tested}}", String.valueOf(answers.size()))
                .replace(
                        "{{facts}}",
                        facts.stream()
                                .map(fact -> "<li>" + Html.escape(fact) + "</li>")
                                .collect(Collectors.joining()))
                .replace("{{classes}}", table())
                .replace(
                        "{{pictures}}",
                        answers.stream()
                                .sorted(Comparator.comparing(Answer::isRight)
                                        .thenComparing(TransferReport::doubt)
                                        .thenComparing(Answer::path))
                                .map(answer -> card(answer, thumbnails.get(answer.path())))
                                .collect(Collectors.joining("\n")));
    }

    /** Mistakes of which it was surest come first, then right answers of which it was least sure. */
    private static double doubt(Answer answer) {
        return answer.isRight() ? answer.certainty() : -answer.certainty();
    }

    private String table() {
        StringBuilder table = new StringBuilder("<table><thead><tr><th>is \\ taken for</th>");
        classes.forEach(name -> table.append("<th>").append(Html.escape(name)).append("</th>"));
        table.append("<th>recall</th></tr></thead><tbody>");
        for (int is = 0; is < classes.size(); is++) {
            int[] counts = new int[classes.size()];
            for (Answer answer : answers) {
                if (answer.label() == is) {
                    counts[answer.best()]++;
                }
            }
            int all = 0;
            table.append("<tr><th>").append(Html.escape(classes.get(is))).append("</th>");
            for (int taken = 0; taken < counts.length; taken++) {
                all += counts[taken];
                table.append(String.format("<td class=\"%s\">%d</td>", is == taken ? "right" : "wrong", counts[taken]));
            }
            table.append(String.format(Locale.ROOT, "<td>%.1f%%</td></tr>", 100.0 * counts[is] / Math.max(1, all)));
        }
        return table.append("</tbody></table>").toString();
    }

    private String card(Answer answer, byte @org.jspecify.annotations.Nullable [] jpeg) {
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
                .append(Html.escape(answer.path()))
                .append("\">")
                .append(Html.escape(answer.name()))
                .append("</p></article>")
                .toString();
    }
}
