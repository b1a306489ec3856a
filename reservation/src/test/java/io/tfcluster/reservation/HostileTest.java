package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.Handshake;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HostileTest {
    private final Rig rig = new Rig(1, options -> options.handshakeLimit(Duration.ofSeconds(2)));

    @AfterEach
    void theServerStillServes() {
        rig.join(0, 7);
        assertThat(rig.server.awaitNodes(Rig.TIMEOUT)).hasSize(1);
        rig.close();
    }

    private RawPeer peer() throws Exception {
        return new RawPeer(rig.server.address());
    }

    @Test
    void wrongSecretLearnsNothing() throws Exception {
        try (RawPeer peer = peer()) {
            byte[] challenge = peer.challenge();
            peer.out.write(new Handshake.Initiator(ClusterSecret.random(), "control").respond(challenge));

            assertThat(peer.bytesUntilTheEnd()).isZero();
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(1));
    }

    @Test
    void wrongSecretIsAClearErrorForTheClient() {
        assertThatThrownBy(() -> ReservationClient.connect(
                        rig.server.address(),
                        ClusterSecret.random(),
                        "flowers",
                        3,
                        new NodeId(0, 0),
                        Optional.empty(),
                        Rig.TIMEOUT))
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("is this its cluster's secret");
    }

    @Test
    void rightSecretForAnotherPurposeIsRefused() throws Exception {
        try (RawPeer peer = peer()) {
            peer.out.write(new Handshake.Initiator(rig.secret, "feed").respond(peer.challenge()));

            assertThat(peer.bytesUntilTheEnd()).isZero();
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(1));
    }

    @Test
    void recordedHandshakeCannotBeReplayed() throws Exception {
        byte[] recorded;
        try (RawPeer honest = peer()) {
            recorded = new Handshake.Initiator(rig.secret, "control").respond(honest.challenge());
            honest.out.write(recorded);
            assertThat(honest.in.readNBytes(Handshake.PROOF_BYTES)).hasSize(Handshake.PROOF_BYTES);
        }
        try (RawPeer thief = peer()) {
            thief.challenge();
            thief.out.write(recorded);

            assertThat(thief.bytesUntilTheEnd()).isZero();
        }
    }

    @Test
    void silentPeerIsDroppedInTimeInEveryPhase() throws Exception {
        try (RawPeer saysNothing = peer();
                RawPeer saysHalf = peer();
                RawPeer noHello = peer().shake(rig.secret)) {
            saysHalf.out.write(new byte[Handshake.RESPONSE_BYTES - 1]);

            assertThat(saysNothing.bytesUntilTheEnd()).isEqualTo(Handshake.CHALLENGE_BYTES);
            assertThat(saysHalf.bytesUntilTheEnd()).isEqualTo(Handshake.CHALLENGE_BYTES);
            assertThat(noHello.bytesUntilTheEnd()).isZero();
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(3));
    }

    @Test
    void peerThatLeavesAtOnceIsCounted() throws Exception {
        peer().close();

        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(1));
    }

    @Test
    void hugeAndNegativeLengthsEndTheConnectionAtOnce() throws Exception {
        for (int length : new int[] {Wire.MAX_FRAME + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            try (RawPeer peer = peer().shake(rig.secret)) {
                peer.out.writeInt(length);

                assertThat(peer.bytesUntilTheEnd()).isZero();
            }
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(4));
    }

    @Test
    void shortFrameIsNoMessage() throws Exception {
        try (RawPeer peer = peer().shake(rig.secret)) {
            peer.out.writeInt(100);
            peer.out.write("{\"type\":".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            peer.socket.shutdownOutput();

            assertThat(peer.bytesUntilTheEnd()).isZero();
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(1));
    }

    @Test
    void garbageInsteadOfAHelloIsDropped() throws Exception {
        List<String> garbage = List.of(
                "",
                "null",
                "[]",
                "}{",
                "{\"type\":\"java.lang.Runtime\"}",
                "{\"type\":\"stop\",\"reason\":\"go away\"}",
                "{\"type\":\"hello\"}",
                "{\"type\":\"hello\",\"version\":1,\"clusterId\":null,\"generation\":3,\"ordinal\":0,\"attempt\":0}",
                RawPeer.hello(1, "flowers") + "{}",
                "[".repeat(100_000));
        for (String json : garbage) {
            try (RawPeer peer = peer().shake(rig.secret)) {
                peer.say(json);

                assertThat(peer.bytesUntilTheEnd())
                        .as(json.length() > 200 ? "nesting" : json)
                        .isZero();
            }
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(garbage.size()));
    }

    @Test
    void randomBytesAreDropped() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[1 + random.nextInt(300)];
            random.nextBytes(bytes);
            try (RawPeer peer = i % 2 == 0 ? peer() : peer().shake(rig.secret)) {
                peer.out.write(bytes);
                peer.socket.shutdownOutput();

                assertThat(peer.bytesUntilTheEnd()).isLessThanOrEqualTo(Handshake.CHALLENGE_BYTES);
            }
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(50));
    }

    @Test
    void wrongClusterIsDroppedWithoutAWord() throws Exception {
        try (RawPeer peer = peer().shake(rig.secret).say(RawPeer.hello(Message.VERSION, "birds"))) {
            assertThat(peer.bytesUntilTheEnd()).isZero();
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(1));
    }

    @Test
    void oldProtocolVersionIsToldBothVersions() throws Exception {
        try (RawPeer peer = peer().shake(rig.secret).say(RawPeer.hello(0, "flowers"))) {
            assertThat(peer.hear()).contains("refused", "protocol version 0 found, 1 expected");
            assertThat(peer.bytesUntilTheEnd()).isZero();
        }
        await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(1));
    }

    @Test
    void unknownOrdinalIsRefused() {
        assertThatThrownBy(() -> rig.connect(1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no node has ordinal 1");
    }

    @Test
    void garbageFromARegisteredNodeIsItsEnd() throws Exception {
        String register = "{\"type\":\"register\",\"node\":{\"task\":{\"role\":\"WORKER\",\"index\":0,\"host\":\"h\","
                + "\"port\":1},\"pid\":1,\"executorId\":\"e\",\"endpoints\":{}}}";
        try (RawPeer peer = peer().shake(rig.secret)) {
            peer.say(RawPeer.hello(1, "flowers")).say(register);
            assertThat(peer.hear()).contains("welcome");
            assertThat(peer.hear()).contains("registered");
            assertThat(peer.hear()).contains("\"type\":\"cluster\"").contains("[\"WORKER\",\"h\",1,1,\"e\",{}]");

            peer.say("{\"type\":\"heartbeat\"}");

            assertThat(peer.bytesUntilTheEnd()).isZero();
        }
        await().untilAsserted(() -> assertThat(rig.heard.events)
                .last()
                .asString()
                .startsWith("lost 0 the control connection broke: not a message of this protocol"));
    }

    @Test
    void nodeThatDoesNotReadIsGivenUpBeforeItFillsTheDriversMemory() throws Exception {
        String register = "{\"type\":\"register\",\"node\":{\"task\":{\"role\":\"WORKER\",\"index\":0,\"host\":\"h\","
                + "\"port\":1},\"pid\":1,\"executorId\":\"e\",\"endpoints\":{}}}";
        try (RawPeer peer = peer().shake(rig.secret)) {
            peer.say(RawPeer.hello(1, "flowers")).say(register);
            await().until(() -> rig.server.nodes().containsKey(0));

            for (int i = 0; i < 80; i++) {
                rig.server.broadcast("flood", java.util.Map.of("x", "y".repeat(500_000)));
            }

            await().untilAsserted(() -> assertThat(rig.heard.events)
                    .containsExactly("joined 0", "lost 0 the node does not read what it is sent"));
        }
    }

    @Test
    void oversizedRegistrationIsRefused() throws Exception {
        try (RawPeer peer = peer().shake(rig.secret)) {
            peer.say(RawPeer.hello(1, "flowers"));
            assertThat(peer.hear()).contains("welcome");
            peer.say("{\"type\":\"register\",\"node\":{\"task\":{\"role\":\"WORKER\",\"index\":0,\"host\":\"h\","
                    + "\"port\":1},\"pid\":1,\"executorId\":\"" + "e".repeat(70_000) + "\",\"endpoints\":{}}}");

            assertThat(peer.bytesUntilTheEnd()).isZero();
        }
        assertThat(rig.server.nodes()).isEmpty();
    }

    @Test
    void clientGivesUpOnAServerThatSaysNothingOrSomethingElse() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, java.net.InetAddress.getByName("127.0.0.1"))) {
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", silent.getLocalPort());
            assertThatThrownBy(() -> ReservationClient.connect(
                            address, rig.secret, "c", 0, new NodeId(0, 0), Optional.empty(), Duration.ofMillis(300)))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("did not send its welcome within");
            silent.accept().close();

            Thread http = new Thread(() -> {
                try (Socket socket = silent.accept()) {
                    socket.getOutputStream().write(new byte[Handshake.CHALLENGE_BYTES]);
                    socket.getInputStream().readAllBytes();
                } catch (java.io.IOException e) {
                    // the client has left, as it should
                }
            });
            http.start();
            assertThatThrownBy(() -> ReservationClient.connect(
                            address, rig.secret, "c", 0, new NodeId(0, 0), Optional.empty(), Rig.TIMEOUT))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("does not speak this protocol");
            http.join(5_000);
        }
    }
}
