package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole examination in one JVM, on a driver whose clock is wrong. */
@Timeout(600)
final class DoctorClockTest {
    @RegisterExtension
    static final LocalSpark SPARK = new LocalSpark();

    @Test
    void aDriverWhoseClockIsAnHourLateSeesItsExecutorsAhead() {
        ClusterConfig config = ClusterConfig.builder(2)
                .inputMode(InputMode.TENSORFLOW)
                .nodeMemory("64m")
                .build();
        Clock late = Clock.offset(Clock.systemUTC(), Duration.ofHours(-1));

        Diagnosis diagnosis = new Doctor(SPARK.session(), config, CheckOptions.none(), late).examine();

        assertThat(diagnosis.findings().stream().filter(finding -> finding.level() == Finding.Level.WOULD_FAIL))
                .as(diagnosis.toString())
                .singleElement()
                .matches(finding ->
                        finding.topic().equals("clock") && finding.found().contains("ahead of the driver's"));
    }
}
