package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class StrangersTest {
    @Test
    void theEldestGivesWaySoThatStrangersKeepNobodyOut() throws Exception {
        int limit = new Strangers(1).limit();
        List<RawPeer> silent = new ArrayList<>();
        try (Rig rig = new Rig(1, options -> options.handshakeLimit(Duration.ofMinutes(5)))) {
            for (int i = 0; i < limit + 3; i++) {
                RawPeer peer = new RawPeer(rig.server.address());
                silent.add(peer);
                assertThat(peer.challenge()).isNotEmpty(); // so that they stand in this order
            }

            for (RawPeer eldest : silent.subList(0, 3)) {
                assertThat(eldest.bytesUntilTheEnd()).isZero();
            }
            await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(3));
            rig.join(0, 0);
            assertThat(rig.server.awaitNodes(Rig.TIMEOUT)).hasSize(1);
        } finally {
            for (RawPeer peer : silent) {
                peer.close();
            }
        }
    }
}
