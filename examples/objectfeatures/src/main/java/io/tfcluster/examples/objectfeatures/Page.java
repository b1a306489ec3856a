package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.Html;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Pictures with what was found in them drawn in, as one HTML file that needs nothing else. */
final class Page {

    /** Boxes after the one that was cut out are drawn thin; more than these would hide the picture. */
    private static final int DRAWN = 6;

    /** Of a name, as a share of the picture. */
    private static final double NAME_HEIGHT = 0.12;

    private final String title;
    private final String subtitle;
    private final List<String> facts;
    private final List<Section> sections;

    Page(String title, String subtitle, List<String> facts, List<Section> sections) {
        this.title = title;
        this.subtitle = subtitle;
        this.facts = List.copyOf(facts);
        this.sections = List.copyOf(sections);
    }

    /** The pictures it shows. */
    List<Seen> shown() {
        return sections.stream()
                .flatMap(section -> section.cards().stream())
                .map(Card::seen)
                .toList();
    }

    /**
     * Writes it.
     *
     * @param thumbnails JPEG files by id; pictures without are shown without
     */
    void write(Path file, Map<String, byte[]> thumbnails) {
        try {
            Files.writeString(file, html(thumbnails), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ExampleException("cannot write --page " + file + ": " + e, e);
        }
    }

    String html(Map<String, byte[]> thumbnails) {
        return Html.resource(Page.class, "page.html")
                .replace("{{style}}", Html.resource(Page.class, "page.css"))
                .replace("{{title}}", Html.escape(title))
                .replace("{{subtitle}}", Html.escape(subtitle))
                .replace(
                        "{{facts}}",
                        facts.stream()
                                .map(fact -> "<li>" + Html.escape(fact) + "</li>")
                                .collect(Collectors.joining()))
                .replace(
                        "{{sections}}",
                        sections.stream()
                                .map(section -> section(section, thumbnails))
                                .collect(Collectors.joining("\n")));
    }

    private static String section(Section section, Map<String, byte[]> thumbnails) {
        String note = section.note().isEmpty() ? "" : "<p class=\"note\">" + Html.escape(section.note()) + "</p>";
        return "<section><h2>" + Html.escape(section.title()) + "</h2>" + note + "<div class=\"pictures\">"
                + section.cards().stream()
                        .map(card -> card(card, thumbnails.get(card.seen().id())))
                        .collect(Collectors.joining("\n"))
                + "</div></section>";
    }

    private static String card(Card card, byte @Nullable [] jpeg) {
        Seen seen = card.seen();
        StringBuilder html = new StringBuilder("<article><div class=\"frame\">");
        if (jpeg == null) {
            html.append("<p class=\"gone\">the picture cannot be read any more</p>");
        } else {
            // The frame has the picture's own shape, so that shares of it are shares of the picture.
            html.append(String.format(
                            Locale.ROOT,
                            "<div class=\"picture\" style=\"aspect-ratio:%d/%d;--ratio:%.4f\"><img alt=\"\" src=\"",
                            seen.width(),
                            seen.height(),
                            (double) seen.width() / seen.height()))
                    .append(Html.jpeg(jpeg))
                    .append("\">")
                    .append(boxes(seen.boxes()))
                    .append("</div>");
        }
        return html.append("</div><h3>")
                .append(Html.escape(card.title()))
                .append("</h3><p>")
                .append(Html.escape(card.note()))
                .append("</p><p class=\"name\" title=\"")
                .append(Html.escape(seen.id()))
                .append("\">")
                .append(Html.escape(seen.id()))
                .append("</p></article>")
                .toString();
    }

    private static String boxes(List<Seen.Box> boxes) {
        StringBuilder svg = new StringBuilder("<svg viewBox=\"0 0 1 1\" preserveAspectRatio=\"none\">");
        StringBuilder names = new StringBuilder();
        for (int i = Math.min(boxes.size(), DRAWN) - 1; i >= 0; i--) { // the first one on top
            Seen.Box box = boxes.get(i);
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"%s\" x=\"%.4f\" y=\"%.4f\" width=\"%.4f\" height=\"%.4f\"><title>%s</title></rect>",
                    i == 0 ? "best" : "other",
                    box.xmin(),
                    box.ymin(),
                    box.xmax() - box.xmin(),
                    box.ymax() - box.ymin(),
                    Html.escape(box.text())));
            if (i == 0) {
                names.append(String.format(
                        Locale.ROOT,
                        "<b class=\"%s\" style=\"left:%.2f%%;top:%.2f%%\">%s</b>",
                        // above the box where there is room: it may be smaller than its name
                        box.ymin() > NAME_HEIGHT ? "above" : "inside",
                        100 * box.xmin(),
                        100 * box.ymin(),
                        Html.escape(box.text())));
            }
        }
        return svg.append("</svg>").append(names).toString();
    }
}
