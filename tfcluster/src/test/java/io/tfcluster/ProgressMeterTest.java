package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.training.StepInfo;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ProgressMeterTest {
    private final ProgressMeter meter = new ProgressMeter();

    private void step(long step, long epoch, int localRows, long globalRows, double loss) {
        meter.step(new StepInfo(
                step,
                epoch,
                localRows,
                globalRows,
                loss,
                Map.of("accuracy", loss / 2),
                Duration.ofMillis(1),
                Duration.ZERO,
                Duration.ZERO));
    }

    @Test
    void lossIsTheMeanOverTheRowsSinceTheLastHeartbeat() {
        step(1, 0, 10, 10, 1.0);
        step(2, 0, 20, 30, 3.0);

        NodeProgress first = meter.take();
        step(3, 0, 5, 10, 7.0);
        NodeProgress second = meter.take();

        assertThat(first.metrics()).containsEntry("loss", 2.5).containsEntry("accuracy", 1.25);
        assertThat(first.rows()).isEqualTo(30);
        assertThat(second.metrics()).containsEntry("loss", 7.0);
        assertThat(second.feedWait()).isEqualTo(Duration.ofMillis(3));
    }

    @Test
    void aStepJoinedWithoutRowsDoesNotSetTheEpochBack() {
        step(8, 4, 10, 20, 1.0);
        step(9, 0, 0, 10, 1.0);

        assertThat(meter.take().epoch()).isEqualTo(4);
        assertThat(meter.take().step()).isEqualTo(9);
    }

    @Test
    void meansOfOneEpochHoldNoRowsOfAnother() {
        step(1, 0, 10, 10, 5.0);
        step(2, 1, 10, 10, 1.0);

        assertThat(meter.take().metrics()).containsEntry("loss", 1.0);
    }
}
