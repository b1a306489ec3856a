package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CrashReportsTest {
    private static final List<String> REPORT = List.of(
            "#",
            "# A fatal error has been detected by the Java Runtime Environment:",
            "#",
            "#  SIGSEGV (0xb) at pc=0x00007f2b, pid=12, tid=13",
            "#",
            "# JRE version: OpenJDK Runtime Environment (17.0.15+6)",
            "# Problematic frame:",
            "# C  [libtensorflow_cc.so.2+0x1234]  tensorflow::Crash()",
            "#",
            "---------------  S U M M A R Y ------------");

    @TempDir
    private Path nodes;

    @TempDir
    private Path kept;

    @Test
    void aReportIsMovedAndItsSignalAndFrameAreTold() throws IOException {
        Files.write(nodes.resolve(CrashReports.NAME), REPORT);

        CrashReports.Kept report =
                CrashReports.keep(nodes, kept, "c-worker-1-12").orElseThrow();

        assertThat(report.path()).isEqualTo(kept.resolve("tfcluster-hs_err-c-worker-1-12.log"));
        assertThat(Files.readAllLines(report.path())).isEqualTo(REPORT);
        assertThat(report.summary())
                .isEqualTo("SIGSEGV (0xb) at pc=0x00007f2b, pid=12, tid=13,"
                        + " in C  [libtensorflow_cc.so.2+0x1234]  tensorflow::Crash()");
        assertThat(report.head()).doesNotContain("#").contains("# Problematic frame:");
        assertThat(nodes).isEmptyDirectory();
    }

    @Test
    void onlyTheNewestTenStayAndOtherFilesAreNotTouched() throws IOException {
        Path others = Files.writeString(kept.resolve("hs_err_pid7.log"), "not ours");
        for (int i = 0; i < CrashReports.KEPT + 3; i++) {
            Path old = Files.write(kept.resolve(CrashReports.PREFIX + "old-" + i + ".log"), REPORT);
            assertThat(old.toFile().setLastModified(1_000_000L + i * 10_000L)).isTrue();
        }
        Files.write(nodes.resolve(CrashReports.NAME), REPORT);

        Path newest = CrashReports.keep(nodes, kept, "newest")
                .map(CrashReports.Kept::path)
                .orElseThrow();

        try (Stream<Path> files = Files.list(kept)) {
            assertThat(files).hasSize(CrashReports.KEPT + 1).contains(newest, others);
        }
        assertThat(kept.resolve(CrashReports.PREFIX + "old-0.log")).doesNotExist();
        assertThat(kept.resolve(CrashReports.PREFIX + "old-12.log")).exists();
    }

    @Test
    void noReportIsNoTrouble() {
        assertThat(CrashReports.keep(nodes, kept, "n")).isEmpty();
    }

    @Test
    void theKernelsCounterSaysWhetherItWasMemory() throws IOException {
        Path counter = Files.writeString(nodes.resolve("memory.events"), "low 0\noom 3\noom_kill 2\n");

        assertThat(Postmortem.memoryKills(List.of(nodes.resolve("none"), counter)))
                .hasValue(2);
        assertThat(Postmortem.memoryKills(List.of(nodes.resolve("none")))).isEmpty();
        assertThat(Postmortem.memoryNote(OptionalLong.of(1), OptionalLong.of(2), "2g"))
                .contains("oom_kill rose from 1 to 2")
                .contains("nodeMemory 2g");
        assertThat(Postmortem.memoryNote(OptionalLong.of(1), OptionalLong.of(1), "2g"))
                .contains("somebody sent the signal");
        assertThat(Postmortem.memoryNote(OptionalLong.empty(), OptionalLong.empty(), "2g"))
                .contains("if it was the memory limit");
    }
}
