package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EncodeBenchmarkTest {
    @Test
    void everyKindOfRowIsEncodedOnEveryWay() {
        List<String> progress = new ArrayList<>();

        List<Measurement> measured = new EncodeBenchmark(100).run(progress::add);

        assertThat(progress).hasSize(4);
        assertThat(measured)
                .allMatch(figure -> figure.value() > 0)
                .extracting(Measurement::name)
                .contains(
                        "encode.small.rows",
                        "encode.floats784.internalRows",
                        "encode.images.arrow",
                        "encode.jpeg.arrow");
        assertThat(measured).hasSize(16);
    }
}
