package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WireTest {
    private static Message again(Message message) {
        ByteBuf frame = Wire.frame(message);
        assertThat(frame.readInt()).isEqualTo(frame.readableBytes());
        return Wire.read(frame);
    }

    @Test
    void messagesSurviveTheWire() {
        NodeFailure failure = new NodeFailure(
                "worker:0",
                "h",
                Instant.parse("2026-01-02T03:04:05.678Z"),
                OptionalInt.empty(),
                "m",
                "s",
                List.of("l"),
                "worker:1");
        NodeFailure exit =
                new NodeFailure("worker:0", "h", Instant.EPOCH, OptionalInt.of(-1), "ü\n\u2028", "", List.of());
        for (Message message : List.of(
                new Message.Hello(1, "c", 2, 3, 4),
                new Message.Register(Rig.info(0, 1)),
                new Message.Alive(),
                new Message.Heartbeat(NodeProgress.of("starting")),
                new Message.Heartbeat(new NodeProgress("p", 1, 2, 3, 4, Duration.ofNanos(5), Map.of("loss", 6.0))
                        .withFeeds(
                                Map.of("train", new FeedProgress(1, 2, 3, Duration.ofNanos(4), 5, 6, 7, 8, 9, 10, 11)))
                        .withWaits(
                                List.of(new NodeWait(NodeWait.Kind.PEER, List.of("worker:1"), Duration.ofSeconds(7))))),
                new Message.Log(List.of("a")),
                new Message.Notice("t", Map.of("k", "v")),
                new Message.Fail(failure),
                new Message.Fail(exit),
                new Message.ExitReport("h", 137, "note", List.of("x")),
                new Message.Farewell(Map.of()),
                new Message.Welcome(),
                new Message.Registered(),
                new Message.Received(),
                new Message.Refused(Message.Refused.Kind.FENCED, "r"),
                new Message.Cluster(
                        0, 1, "chief", List.of(new Message.Peer(Role.PS, "h", 1, 2, "e", Map.of("ring", "h:3")))),
                new Message.Stop("s"))) {
            assertThat(again(message)).isEqualTo(message);
        }
    }

    @Test
    void frameOverTheLimitIsNotMade() {
        assertThatThrownBy(() -> Wire.frame(new Message.Stop("x".repeat(Wire.MAX_FRAME))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a Stop of");
    }

    @Test
    void largeClustersAreCutIntoFramesUnderTheLimitAndPutTogetherAgain() {
        ClusterTemplate template = ClusterTemplate.of(10_000, 100, true, Optional.of("chief"));
        List<NodeInfo> nodes = IntStream.range(0, 10_000)
                .mapToObj(i -> {
                    ClusterTemplate.Slot slot = template.slots().get(i);
                    String host = "ip-10-123-45-" + i + ".eu-central-1.compute.internal";
                    return new NodeInfo(
                            new TaskSpec(slot.role(), slot.index(), host, 40_000),
                            i,
                            "executor-" + i,
                            Map.of("ring", host + ":40001"));
                })
                .toList();

        List<ByteBuf> frames = ClusterFrames.frames(template, nodes, java.util.Set.of("ring"));

        assertThat(frames).hasSizeBetween(2, 10).allMatch(frame -> frame.readableBytes() <= Wire.MAX_FRAME + 4);
        ClusterFrames.Assembler assembler = new ClusterFrames.Assembler();
        ClusterView view = null;
        for (ByteBuf frame : frames) {
            assertThat(view).isNull();
            view = assembler.add((Message.Cluster) Wire.read(frame.skipBytes(4)));
            frame.release();
        }
        assertThat(view).isNotNull();
        assertThat(view.nodes()).isEqualTo(nodes);
        assertThat(view.template()).isEqualTo(template);
    }

    @Test
    void partsOutOfOrderAreRefused() {
        ClusterFrames.Assembler assembler = new ClusterFrames.Assembler();

        assertThatThrownBy(() -> assembler.add(new Message.Cluster(5, 10, "chief", List.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("came after 0");
    }
}
