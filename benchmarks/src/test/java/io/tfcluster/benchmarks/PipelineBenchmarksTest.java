package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That they run, or say why not, and what they say; the figures mean nothing. */
@Timeout(600)
class PipelineBenchmarksTest {
    private static final Settings QUICK = Settings.of(List.of("--quick"));

    @Test
    void partsOfThePipelineAreMeasuredAndReadingTiedAndUntied() {
        List<String> said = new ArrayList<>();
        List<Measurement> measured = new ArrayList<>();
        try (LocalSpark spark = LocalSpark.withCores(2)) {
            measured.addAll(new PipelineImagesBenchmark(QUICK, spark).run(said::add));
        }
        try (LocalSpark spark = LocalSpark.withCores(1)) {
            measured.addAll(new PipelineUntiedBenchmark(QUICK, spark).run(said::add));
        }
        try (LocalSpark spark = LocalSpark.withWholeHeap(2)) {
            measured.addAll(new PipelineMemoryBenchmark(QUICK, spark).run(said::add));
        }

        if (measured.isEmpty()) {
            assertThat(said).allMatch(line -> line.contains("skipped, ../shared/data"));
            return;
        }
        assertThat(measured)
                .extracting(Measurement::name)
                .contains(
                        "pipeline.images",
                        "pipeline.images.bare.1",
                        "pipeline.untied",
                        "pipeline.untied.tiedReads",
                        "pipeline.memory.slope",
                        "pipeline.memory.heap",
                        "pipeline.memory.growth");
        assertThat(measured)
                .extracting(Measurement::name)
                .containsAll(Stream.of("read", "decode", "detect", "crop", "extract", "write")
                        .map("pipeline.images."::concat)
                        .toList());
        assertThat(measured).allMatch(each -> Double.isFinite(each.value()));
        assertThat(said).anyMatch(line -> line.contains("with 4 readers each"));
        assertThat(said).anyMatch(line -> line.contains("seconds, MB:   * executor"));
    }
}
