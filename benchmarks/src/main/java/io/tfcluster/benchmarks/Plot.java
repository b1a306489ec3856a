package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Curves over one x axis, drawn from zero: as an SVG file, and coarsely as text.
 *
 * @param title above the drawing
 * @param unitX what x counts
 * @param unitY what y counts
 */
record Plot(String title, String unitX, String unitY, List<Curve> curves) {
    private static final int WIDTH = 800;
    private static final int HEIGHT = 400;
    private static final int LEFT = 70;
    private static final int RIGHT = 20;
    private static final int TOP = 60;
    private static final int BOTTOM = 50;
    private static final int LINES = 5;
    private static final List<String> COLOURS = List.of("#1f77b4", "#d62728", "#2ca02c", "#9467bd");

    private static final int TEXT_COLUMNS = 68;
    private static final int TEXT_ROWS = 12;
    private static final String MARKS = "*o+x";

    Plot {
        curves = List.copyOf(curves);
        if (curves.isEmpty() || curves.size() > MARKS.length()) {
            throw new IllegalArgumentException("a plot has 1 to " + MARKS.length() + " curves, got " + curves.size());
        }
    }

    private double maxX() {
        return Math.max(1e-9, curves.stream().mapToDouble(Curve::lastX).max().orElse(1));
    }

    /** A round number above all values. */
    private double topY() {
        double max =
                Math.max(1e-9, curves.stream().mapToDouble(Curve::max).max().orElse(1));
        double step = Math.pow(10, Math.floor(Math.log10(max)));
        return Math.ceil(max * 1.05 / step * 2) / 2 * step;
    }

    /** Shows it as text, and draws it into the file, if there is one. */
    void show(@Nullable Path file, Consumer<String> progress) {
        text().forEach(progress);
        if (file != null) {
            writeSvg(file);
            progress.accept("drawn in " + file);
        }
    }

    void writeSvg(Path file) {
        try {
            Files.writeString(file, svg());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + "; does its folder exist?", e);
        }
    }

    String svg() {
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"sans-serif\" font-size=\"12\">%n",
                WIDTH,
                HEIGHT,
                WIDTH,
                HEIGHT));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        text(svg, LEFT, 22, "start", title);
        for (int i = 0; i <= LINES; i++) {
            double y = topY() * i / LINES;
            double x = maxX() * i / LINES;
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
                    LEFT,
                    down(y),
                    WIDTH - RIGHT,
                    down(y)));
            text(svg, LEFT - 6, down(y) + 4, "end", number(y));
            text(svg, right(x), HEIGHT - BOTTOM + 18, "middle", number(x));
        }
        text(svg, LEFT, TOP - 8, "end", unitY);
        text(svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", unitX);
        for (int i = 0; i < curves.size(); i++) {
            curve(svg, curves.get(i), COLOURS.get(i));
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%d\" y=\"34\" width=\"14\" height=\"4\" fill=\"%s\"/>%n",
                    LEFT + 60 + 200 * i,
                    COLOURS.get(i)));
            text(svg, LEFT + 80 + 200 * i, 40, "start", curves.get(i).name());
        }
        return svg.append("</svg>\n").toString();
    }

    private void curve(StringBuilder svg, Curve curve, String colour) {
        svg.append("<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"")
                .append(colour)
                .append("\" points=\"");
        for (int i = 0; i < curve.x().size(); i++) {
            svg.append(String.format(
                    Locale.ROOT,
                    "%.1f,%.1f ",
                    right(curve.x().get(i)),
                    down(curve.y().get(i))));
        }
        svg.append("\"/>\n");
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, escaped));
    }

    private double right(double x) {
        return LEFT + x / maxX() * (WIDTH - LEFT - RIGHT);
    }

    private double down(double y) {
        return HEIGHT - BOTTOM - y / topY() * (HEIGHT - TOP - BOTTOM);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.1f", value);
    }

    /** Returns lines of at most 79 letters. */
    List<String> text() {
        char[][] grid = new char[TEXT_ROWS][TEXT_COLUMNS];
        for (char[] row : grid) {
            Arrays.fill(row, ' ');
        }
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < curves.size(); i++) {
            Curve curve = curves.get(i);
            for (int point = 0; point < curve.x().size(); point++) {
                int column = (int) Math.round(curve.x().get(point) / maxX() * (TEXT_COLUMNS - 1));
                int row = (int) Math.round(curve.y().get(point) / topY() * (TEXT_ROWS - 1));
                grid[TEXT_ROWS - 1 - Math.max(0, row)][Math.max(0, column)] = MARKS.charAt(i);
            }
            names.append("   ").append(MARKS.charAt(i)).append(' ').append(curve.name());
        }
        List<String> lines = new ArrayList<>();
        lines.add(cut(title));
        for (int row = 0; row < TEXT_ROWS; row++) {
            boolean labelled = row == 0 || row == TEXT_ROWS - 1;
            String label = labelled ? number(row == 0 ? topY() : 0) : "";
            lines.add(String.format(Locale.ROOT, "%8s |%s", label, new String(grid[row]))
                    .stripTrailing());
        }
        lines.add("         +" + "-".repeat(TEXT_COLUMNS));
        lines.add(cut("          0 to " + number(maxX()) + " " + unitX + ", " + unitY + ":" + names));
        return lines;
    }

    private static String cut(String line) {
        return line.substring(0, Math.min(79, line.length()));
    }
}
