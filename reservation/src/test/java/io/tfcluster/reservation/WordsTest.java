package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class WordsTest {
    private static List<String> names(ClusterTemplate template) {
        return java.util.stream.IntStream.range(0, template.size())
                .mapToObj(template::name)
                .toList();
    }

    @Test
    void rolesAreDealtOutInTensorFlowOnSparksOrder() {
        assertThat(names(ClusterTemplate.of(6, 2, true, Optional.of("master"))))
                .containsExactly("ps:0", "ps:1", "master:0", "evaluator:0", "worker:0", "worker:1");
        assertThat(names(ClusterTemplate.of(2, 0, false, Optional.empty()))).containsExactly("worker:0", "worker:1");
        assertThat(names(ClusterTemplate.of(1, 0, false, Optional.of("chief")))).containsExactly("chief:0");
    }

    @Test
    void templateWithoutATrainerIsRefused() {
        assertThatThrownBy(() -> ClusterTemplate.of(4, 4, false, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ps=4 leaves no worker among 4 executors; lower ps or add executors");
        assertThatThrownBy(() -> ClusterTemplate.of(2, 1, true, Optional.empty()))
                .hasMessageContaining("ps=1 and an evaluator leave no worker among 2 executors");
        assertThatThrownBy(() -> ClusterTemplate.of(0, 0, false, Optional.empty()))
                .hasMessageContaining("got 0");
        assertThatThrownBy(() -> ClusterTemplate.of(2, -1, false, Optional.empty()))
                .hasMessageContaining("got -1");
        assertThatThrownBy(() -> ClusterTemplate.of(2, 0, false, Optional.of("boss")))
                .hasMessageContaining("got \"boss\"");
    }

    @Test
    void indicesOfARoleMustCountFromZero() {
        assertThatThrownBy(() -> new ClusterTemplate(List.of(new ClusterTemplate.Slot(Role.WORKER, 1)), "chief"))
                .hasMessageContaining("expected worker:0, found index 1");
    }

    @Test
    void taskSpecRefusesWhatCannotBe() {
        assertThatThrownBy(() -> new TaskSpec(Role.WORKER, -1, "h", 1)).hasMessageContaining("got -1");
        assertThatThrownBy(() -> new TaskSpec(Role.WORKER, 0, "h", 65_536)).hasMessageContaining("got 65536 for h");
        assertThatThrownBy(() -> new TaskSpec(Role.WORKER, 0, " ", 1)).hasMessageContaining("host");
        assertThat(new TaskSpec(Role.PS, 2, "h", 1).name()).isEqualTo("ps:2");
        assertThat(new TaskSpec(Role.PS, 2, "::1", 80).address()).isEqualTo("[::1]:80");
        assertThat(Role.CHIEF.trains()).isTrue();
        assertThat(Role.EVALUATOR.trains()).isFalse();
    }

    @Test
    void tfConfigIsWhatTensorFlowReads() {
        ClusterSpec spec = new ClusterSpec(Map.of("worker", List.of("a:1", "b:2")));

        assertThat(spec.toTfConfigJson("worker", 1))
                .isEqualTo("{\"cluster\":{\"worker\":[\"a:1\",\"b:2\"]},\"task\":{\"type\":\"worker\",\"index\":1},"
                        + "\"environment\":\"cloud\"}");
        assertThat(spec.size()).isEqualTo(2);
        assertThat(spec.tasks("ps")).isEmpty();
        assertThatThrownBy(() -> spec.toTfConfigJson("worker", 2))
                .hasMessage("no task worker:2 in a cluster of {worker=2}");
    }

    @Test
    void failuresAreDescribedWithTheSignalDecoded() {
        assertThat(failure(137, "", List.of()).describe())
                .contains("137 (SIGKILL; often the container's memory limit)");
        assertThat(failure(139, "", List.of()).describe()).contains("139 (SIGSEGV: crash in native code)");
        assertThat(failure(143, "", List.of()).describe()).contains("143 (SIGTERM");
        assertThat(failure(152, "", List.of()).describe()).contains("152 (SIGXCPU");
        assertThat(failure(158, "", List.of()).describe()).contains("158 (signal 30)");
        assertThat(failure(134, "", List.of()).describe()).contains("134 (SIGABRT: crash in native code");
        assertThat(failure(1, "no such file", List.of("x", "y")).describe())
                .isEqualTo("worker:1 on h exited with code 1: no such file; last output: y");
    }

    @Test
    void whatTensorFlowSaysOfItselfIsNotTheLastWord() {
        List<String> lines = List.of(
                "epoch 3 begins",
                "2026-11-22 13:10:41.218: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized",
                "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow",
                "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
                "I0000 00:00:1763816923.119 4711 mlir_graph_optimization_pass.cc:402] MLIR V1 optimization pass is not enabled");

        assertThat(failure(137, "", lines).describe()).endsWith("; last output: epoch 3 begins");
        assertThat(failure(137, "", lines.subList(1, 5)).describe()).doesNotContain("last output");
    }

    @Test
    void codeThreeIsTheEndOfTheHeapOnlyIfTheJvmSaysSo() {
        List<String> words = List.of("x", "Terminating due to java.lang.OutOfMemoryError: Java heap space");

        assertThat(failure(3, "", words).describe())
                .contains("code 3 (OutOfMemoryError: Java heap space; raise nodeMemory)");
        assertThat(failure(3, "", List.of("leaving")).describe())
                .isEqualTo("worker:1 on h exited with code 3; last output: leaving");
    }

    private static NodeFailure failure(int code, String message, List<String> lines) {
        return new NodeFailure("worker:1", "h", Instant.EPOCH, OptionalInt.of(code), message, "", lines);
    }
}
