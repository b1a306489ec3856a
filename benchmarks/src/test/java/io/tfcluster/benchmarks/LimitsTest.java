package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class LimitsTest {
    @ParameterizedTest
    @EnumSource(BareSocket.Way.class)
    void bytesCrossABareSocketFromAChildProcessThatIsGoneAfterwards(BareSocket.Way way) {
        BareSocket.Speed speed = BareSocket.speed(way, (32 << 20) + 17);

        assertThat(speed.bytesPerSecond()).isBetween(1e6, 1e12);
        assertThat(speed.senderCpu()).isBetween(1e-12, 1e-6);
        assertThat(speed.receiverCpu()).isBetween(1e-12, 1e-6);
        assertThat(ProcessHandle.current().children())
                .noneMatch(child -> child.info().commandLine().orElse("").contains("BareSocket"));
    }

    @Test
    void memoryIsCopied() {
        assertThat(MemoryCopy.bytesPerSecond(64 << 20)).isBetween(1e7, 1e12);
    }

    @Test
    void processorTimeOfThreadsThatHaveEndedIsKept() throws Exception {
        ThreadCpu cpu = new ThreadCpu("limits-test-");
        AtomicBoolean end = new AtomicBoolean();
        Thread busy = new Thread(
                () -> {
                    while (!end.get()) {
                        Thread.onSpinWait();
                    }
                },
                "limits-test-busy");
        busy.start();
        Awaitility.await().until(() -> cpu.nanos() > 1_000_000);
        long seen = cpu.nanos();
        end.set(true);
        busy.join(10_000);

        assertThat(cpu.nanos()).isGreaterThanOrEqualTo(seen);
        assertThat(ThreadCpu.ofThisThread()).isPositive();
    }

    @Test
    void residentMemoryOfThisProcessIsSeen() throws Exception {
        long self = ProcessHandle.current().pid();
        ResidentMemory memory = ResidentMemory.start(Map.of("self", self), 1);
        Awaitility.await().until(() -> {
            try {
                return memory.curves().get(0).x().size() > 5;
            } catch (IllegalStateException nothingYet) {
                return false;
            }
        });
        memory.close();
        memory.close();

        Curve curve = memory.curves().get(0);
        assertThat(curve.name()).isEqualTo("self");
        assertThat(curve.x()).isSorted();
        assertThat(curve.mean()).isBetween(10.0, 100_000.0);
    }

    @Test
    void processThatIsGoneHasNoCurve() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        try (ResidentMemory memory = ResidentMemory.start(Map.of("gone", process.pid()), 1)) {
            assertThatThrownBy(memory::curves).hasMessageContaining("no resident memory");
        }
    }

    @ParameterizedTest
    @EnumSource(FeedKind.class)
    void preparedRowsHaveTheSizeThatTheRatesAreComputedWith(FeedKind kind) {
        List<Example> rows = kind.prepared();

        long bytes = rows.stream()
                .mapToLong(row -> row.bytes().length
                        + (row.floats().length == 0 ? 0 : row.floats().length * Float.BYTES + Long.BYTES))
                .sum();
        assertThat(rows).hasSize(FeedKind.PREPARED);
        assertThat(bytes).isEqualTo((long) FeedKind.PREPARED * kind.rowBytes());
    }

    @Test
    void generatedRowsAreAsManyAsAskedFor() {
        var rows =
                new GeneratedRows(FeedKind.SMALL::prepared, 19).call(List.of(0).iterator());

        assertThat(rows).toIterable().hasSize(19);
    }

    @Test
    void ratesOfEpochsAddUpWithoutTheWarmUp() {
        Map<String, String> result = Map.of(
                "epoch.0",
                "100 90 5 1 1 1",
                "epoch.1",
                "100 80 1000000000 250000000 20 3",
                "epoch.2",
                "100 70 500000000 0 22 4");

        FeedRate rate = FeedRate.of(result, 1, 3);

        assertThat(rate.rows()).isEqualTo(200);
        assertThat(rate.rowsPerSecond()).isEqualTo(100);
        assertThat(rate.mainNanos()).isEqualTo(42);
        assertThat(rate.receiverNanos()).isEqualTo(7);
        assertThat(rate.waitedPercent()).isEqualTo(100 * 0.25 / 1.5);
        assertThatThrownBy(() -> FeedRate.of(result, 1, 4)).hasMessageContaining("epoch 3");
    }
}
