package io.tfcluster.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class HandshakeTest {
    private final ClusterSecret secret = ClusterSecret.random();

    @Test
    void bothSidesAgreeWhenTheyShareSecretAndPurpose() {
        Handshake.Acceptor acceptor = new Handshake.Acceptor(secret, "feed");
        Handshake.Initiator initiator = new Handshake.Initiator(ClusterSecret.of(secret.toBytes()), "feed");

        byte[] proof = acceptor.accept(initiator.respond(acceptor.challenge()));

        initiator.verify(proof);
        assertThat(proof).hasSize(Handshake.PROOF_BYTES);
    }

    @Test
    void aStrangersSecretIsRefused() {
        Handshake.Acceptor acceptor = new Handshake.Acceptor(secret, "feed");
        Handshake.Initiator stranger = new Handshake.Initiator(ClusterSecret.random(), "feed");
        byte[] response = stranger.respond(acceptor.challenge());

        assertThatThrownBy(() -> acceptor.accept(response)).isInstanceOf(HandshakeException.class);
    }

    @Test
    void anAnswerForAnotherPurposeIsRefused() {
        Handshake.Acceptor acceptor = new Handshake.Acceptor(secret, "feed");
        Handshake.Initiator initiator = new Handshake.Initiator(secret, "control");
        byte[] response = initiator.respond(acceptor.challenge());

        assertThatThrownBy(() -> acceptor.accept(response)).isInstanceOf(HandshakeException.class);
    }

    @Test
    void aRecordedAnswerIsWorthNothingTheSecondTime() {
        Handshake.Acceptor first = new Handshake.Acceptor(secret, "feed");
        byte[] recorded = new Handshake.Initiator(secret, "feed").respond(first.challenge());
        first.accept(recorded);

        Handshake.Acceptor second = new Handshake.Acceptor(secret, "feed");

        assertThatThrownBy(() -> second.accept(recorded)).isInstanceOf(HandshakeException.class);
    }

    @Test
    void anAcceptorServesOneAnswerOnly() {
        Handshake.Acceptor acceptor = new Handshake.Acceptor(secret, "feed");
        byte[] response = new Handshake.Initiator(secret, "feed").respond(acceptor.challenge());
        acceptor.accept(response);

        assertThatThrownBy(() -> acceptor.accept(response))
                .isInstanceOf(HandshakeException.class)
                .hasMessageContaining("second answer");
    }

    @Test
    void aProofBeforeTheChallengeIsRefused() {
        Handshake.Initiator initiator = new Handshake.Initiator(secret, "feed");

        assertThatThrownBy(() -> initiator.verify(secret.hmac("server\0feed\0".getBytes(UTF_8))))
                .isInstanceOf(HandshakeException.class);
    }

    @Test
    void anInitiatorsOwnAnswerSentBackIsNoProof() {
        Handshake.Initiator initiator = new Handshake.Initiator(secret, "feed");
        byte[] response = initiator.respond(new Handshake.Acceptor(secret, "feed").challenge());

        assertThatThrownBy(() -> initiator.verify(Arrays.copyOfRange(response, 32, 64)))
                .isInstanceOf(HandshakeException.class);
    }

    @Test
    void anAnswerBoundToAnotherConnectionIsRefused() {
        byte[] binding = new byte[32];
        Handshake.Acceptor acceptor = new Handshake.Acceptor(secret, "feed");
        byte[] response = new Handshake.Initiator(secret, "feed").respond(acceptor.challenge(), binding);

        assertThatThrownBy(() -> acceptor.accept(response)).isInstanceOf(HandshakeException.class);

        Handshake.Acceptor bound = new Handshake.Acceptor(secret, "feed");
        Handshake.Initiator initiator = new Handshake.Initiator(secret, "feed");
        initiator.verify(bound.accept(initiator.respond(bound.challenge(), binding), binding));
    }

    @Test
    void anImpostorWithoutTheSecretCannotProveItself() {
        Handshake.Initiator initiator = new Handshake.Initiator(secret, "feed");
        Handshake.Acceptor impostor = new Handshake.Acceptor(ClusterSecret.random(), "feed");
        initiator.respond(impostor.challenge());

        assertThatThrownBy(() -> initiator.verify(new byte[Handshake.PROOF_BYTES]))
                .isInstanceOf(HandshakeException.class);
    }

    @Test
    void anotherProtocolIsNamedAsSuch() {
        Handshake.Initiator initiator = new Handshake.Initiator(secret, "feed");

        assertThatThrownBy(() -> initiator.respond(new byte[Handshake.CHALLENGE_BYTES]))
                .isInstanceOf(HandshakeException.class)
                .hasMessageContaining("another program");
    }

    @Test
    void theSecretIsNotInItsText() {
        assertThat(secret.toString()).isEqualTo("ClusterSecret[hidden]");
    }
}
