package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class PlotTest {
    private static final Curve FLAT = curve("flat", 0);
    private static final Curve RISING = curve("rising <fast>", 2);

    private static Curve curve(String name, double slope) {
        List<Double> x = IntStream.range(0, 100).mapToObj(i -> i / 2.0).toList();
        return new Curve(name, x, x.stream().map(each -> 50 + slope * each).toList());
    }

    @Test
    void curveKnowsMeanMaximumAndSlope() {
        assertThat(RISING.slope()).isCloseTo(2, within(1e-9));
        assertThat(RISING.max()).isEqualTo(149);
        assertThat(RISING.mean()).isCloseTo(99.5, within(1e-9));
        assertThat(FLAT.slope()).isZero();
        assertThat(RISING.after(25).x()).hasSize(50).startsWith(25.0);
        assertThat(RISING.after(1000).x()).containsExactly(49.5);
        assertThat(RISING.after(1000).slope()).isZero();
        assertThatThrownBy(() -> new Curve("none", List.of(), List.of())).hasMessageContaining("at least one");
    }

    @Test
    void svgIsWellFormedAndHoldsEachPointOfEachCurve(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("plot.svg");

        new Plot("Memory & time", "s", "MB", List.of(FLAT, RISING)).writeSvg(file);

        Document svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
        assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(2);
        String[] flat = points(svg, 0);
        String[] rising = points(svg, 1);
        assertThat(flat).hasSize(100);
        assertThat(y(flat[0])).isEqualTo(y(flat[99]));
        assertThat(y(rising[0])).isEqualTo(y(flat[0]));
        assertThat(y(rising[99])).isLessThan(y(rising[0])); // up is less
        assertThat(svg.getDocumentElement().getTextContent()).contains("Memory & time", "rising <fast>", "MB");
    }

    private static String[] points(Document svg, int index) {
        return ((Element) svg.getElementsByTagName("polyline").item(index))
                .getAttribute("points")
                .split(" ");
    }

    private static double y(String point) {
        return Double.parseDouble(point.substring(point.indexOf(',') + 1));
    }

    @Test
    void textHasAMarkForEachCurveAndFitsAConsole() {
        List<String> lines = new Plot("Memory", "s", "MB", List.of(FLAT, RISING)).text();

        assertThat(lines).allMatch(line -> line.length() <= 79);
        assertThat(lines.get(0)).isEqualTo("Memory");
        assertThat(lines.get(lines.size() - 1)).contains("0 to 49.5 s, MB:   * flat   o rising <fast>");
        assertThat(lines.stream().filter(line -> line.contains("*")).count()).isEqualTo(2); // its line and its name
        assertThat(lines.stream()
                        .filter(line -> line.contains("o") && line.contains("|"))
                        .count())
                .isGreaterThan(4);
    }
}
