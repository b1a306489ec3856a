package io.tfcluster.examples.flowers;

import io.tfcluster.examples.flowers.TrainingWatch.Point;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The report's pictures that are drawn with lines: SVG, inline. */
final class Charts {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 240;
    private static final int LEFT = 44;
    private static final int BOTTOM = 26;
    private static final double SMOOTHING = 0.9;

    private Charts() {}

    /** Loss and accuracy over the steps; the faint line is what was measured, the strong one its moving mean. */
    static String learningCurve(List<Point> points) {
        if (points.size() < 2) {
            return "<p>The training was too short for a curve.</p>";
        }
        double top = points.stream()
                .mapToDouble(Point::loss)
                .filter(Double::isFinite)
                .max()
                .orElse(1);
        return "<div class=\"charts\">"
                + chart("loss", points, Point::loss, Math.max(top, 1e-6), "%.2f", "loss")
                + chart("training accuracy", points, point -> 100 * point.accuracy(), 100, "%.0f%%", "accuracy")
                + "</div>";
    }

    private static String chart(
            String title, List<Point> points, ToDoubleFunction<Point> value, double top, String format, String style) {
        long last = points.stream().mapToLong(Point::step).max().orElse(1);
        long first = points.stream().mapToLong(Point::step).min().orElse(0);
        StringBuilder raw = new StringBuilder();
        StringBuilder smooth = new StringBuilder();
        double mean = Double.NaN;
        double weight = 0;
        for (Point point : points) {
            double y = value.applyAsDouble(point);
            if (!Double.isFinite(y)) {
                continue;
            }
            mean = Double.isNaN(mean) ? (1 - SMOOTHING) * y : SMOOTHING * mean + (1 - SMOOTHING) * y;
            weight = SMOOTHING * weight + (1 - SMOOTHING);
            double x = LEFT + (double) (WIDTH - LEFT - 8) * (point.step() - first) / Math.max(1, last - first);
            raw.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y(y, top)));
            smooth.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y(mean / weight, top)));
        }
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                "<figure><figcaption>%s</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                title, WIDTH, HEIGHT, title));
        for (int i = 0; i <= 4; i++) {
            double level = top * i / 4;
            double y = y(level, top);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" class=\"end\">%s</text>",
                    LEFT,
                    WIDTH - 8,
                    y,
                    y,
                    LEFT - 6,
                    y + 4,
                    String.format(Locale.ROOT, format, level)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\">step %,d</text><text x=\"%d\" y=\"%d\" class=\"end\">step %,d</text>",
                LEFT,
                HEIGHT - 6,
                first,
                WIDTH - 8,
                HEIGHT - 6,
                last));
        svg.append("<polyline class=\"raw ")
                .append(style)
                .append("\" points=\"")
                .append(raw)
                .append("\"/>");
        svg.append("<polyline class=\"")
                .append(style)
                .append("\" points=\"")
                .append(smooth)
                .append("\"/>");
        return svg.append("</svg></figure>").toString();
    }

    private static double y(double value, double top) {
        return 8 + (HEIGHT - BOTTOM - 8) * (1 - Math.min(1, Math.max(0, value / top)));
    }
}
