package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.PortRange;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReservationServerTest {
    @Test
    void nodesRegisterAndAllGetTheSameCluster() {
        try (Rig rig = new Rig(2)) {
            ReservationClient second = rig.join(1, 0);
            ReservationClient first = rig.join(0, 0);

            List<NodeInfo> nodes = rig.server.awaitNodes(Rig.TIMEOUT);

            assertThat(nodes).containsExactly(Rig.info(0, 2000), Rig.info(1, 2001));
            ClusterView view = first.awaitCluster(Rig.TIMEOUT);
            assertThat(view).isEqualTo(second.awaitCluster(Rig.TIMEOUT));
            assertThat(view.spec()).isEqualTo(rig.server.clusterSpec());
            assertThat(view.spec().jobs()).isEqualTo(Map.of("worker", List.of("127.0.0.1:2000", "127.0.0.1:2001")));
            assertThat(view.template()).isEqualTo(ClusterTemplate.of(2, 0, false, Optional.empty()));
            assertThat(view.nodes().get(1).executorId()).isEqualTo("exec-1");
            await().untilAsserted(() -> assertThat(rig.heard.events).containsExactly("joined 1", "joined 0"));
        }
    }

    @Test
    void peersAreToldOnlyTheEndpointsMeantForThem() {
        try (Rig rig = new Rig(1)) {
            ReservationClient node = rig.join(0, 0);

            ClusterView view = node.awaitCluster(Rig.TIMEOUT);

            assertThat(view.nodes().get(0).endpoints()).isEqualTo(Map.of("ring", "127.0.0.1:3000"));
            assertThat(rig.server.nodes().get(0).endpoints()).containsKeys("ring", "feed.unix");
        }
    }

    @Test
    void chiefNameAndRolesReachTheNodes() {
        Rig names = new Rig(1);
        names.close();
        ClusterTemplate template = ClusterTemplate.of(2, 1, false, Optional.of("master"));
        try (ReservationServer server =
                        ReservationServer.builder(template, names.secret).start();
                ReservationClient ps = client(server, names, 0);
                ReservationClient master = client(server, names, 1)) {
            ps.register(new NodeInfo(new TaskSpec(Role.PS, 0, "a", 1), 1, "0", Map.of()));
            master.register(new NodeInfo(new TaskSpec(Role.CHIEF, 0, "b", 2), 1, "1", Map.of()));

            ClusterView view = ps.awaitCluster(Rig.TIMEOUT);

            assertThat(view.template()).isEqualTo(template);
            assertThat(view.spec().jobs()).isEqualTo(Map.of("ps", List.of("a:1"), "master", List.of("b:2")));
        }
    }

    private static ReservationClient client(ReservationServer server, Rig rig, int ordinal) {
        return ReservationClient.connect(
                server.address(),
                rig.secret,
                server.clusterId(),
                0,
                new NodeId(ordinal, 0),
                Optional.empty(),
                Rig.TIMEOUT);
    }

    @Test
    void timeoutNamesWhoCameWhoIsMissingAndWhatTheirTasksDo() {
        try (Rig rig =
                new Rig(3, options -> options.missingTasks(ordinal -> "task " + ordinal + " waits for a slot"))) {
            rig.join(1, 0);

            assertThatThrownBy(() -> rig.server.awaitNodes(Duration.ofMillis(300)))
                    .isInstanceOfSatisfying(ReservationTimeoutException.class, e -> {
                        assertThat(e.arrived()).containsExactly("worker:1");
                        assertThat(e.missing()).containsExactly("worker:0", "worker:2");
                        assertThat(e.timeout()).isEqualTo(Duration.ofMillis(300));
                    })
                    .hasMessage("1 of 3 tasks registered within PT0.3S; arrived: [worker:1]; missing: [worker:0 (task 0"
                            + " waits for a slot), worker:2 (task 2 waits for a slot)]. Give the job 3 executors at once"
                            + " or raise reservationTimeout.");
        }
    }

    @Test
    void timeoutOfALargeClusterStaysReadable() {
        try (Rig rig = new Rig(1000)) {
            assertThatThrownBy(() -> rig.server.awaitNodes(Duration.ofMillis(1)))
                    .hasMessageContaining("0 of 1000 tasks")
                    .hasMessageContaining("worker:19, and 980 more]");
        }
    }

    @Test
    void awaitNodesEndsAtOnceWhenANodeFails() {
        try (Rig rig = new Rig(2)) {
            CompletableFuture<List<NodeInfo>> waiting =
                    CompletableFuture.supplyAsync(() -> rig.server.awaitNodes(Duration.ofSeconds(60)));

            rig.connect(1, 0).reportExit("host-7", 1, List.of("no module named flowers"));

            assertThat(waiting)
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withMessageContaining(
                            "worker:1 on host-7 exited with code 1; last output: no module named flowers");
            assertThatThrownBy(() -> rig.server.awaitNodes(Duration.ofSeconds(60)))
                    .isInstanceOf(NodeFailedException.class);
        }
    }

    @Test
    void heartbeatsCarryProgress() {
        try (Rig rig = new Rig(1)) {
            NodeProgress progress = new NodeProgress(
                    "training",
                    2,
                    300,
                    9600,
                    812.5,
                    Duration.ofMillis(1250),
                    Map.of("loss", 0.25, "accuracy", Double.NaN));
            ReservationClient node = rig.join(0, 0);

            node.startHeartbeats(Duration.ofMillis(20), () -> progress);

            await().untilAsserted(() -> assertThat(rig.heard.progress).hasSizeGreaterThan(2));
            assertThat(rig.heard.progress.get(0)).isEqualTo(progress);
            assertThat(rig.server.progress().get(0)).isEqualTo(progress);
            assertThatThrownBy(() -> node.startHeartbeats(Duration.ofMillis(20), () -> progress))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void noticesGoBothWaysInOrderAndWaitForTheirHandler() {
        try (Rig rig = new Rig(2)) {
            ReservationClient node = rig.join(0, 0);
            List<String> got = new CopyOnWriteArrayList<>();

            assertThat(rig.server.send(0, "epoch", Map.of("number", "1"))).isTrue();
            assertThat(rig.server.send(1, "epoch", Map.of())).isFalse();
            rig.server.broadcast("epoch", Map.of("number", "2"));
            node.notice("hello", Map.of("a", "b"));
            node.log(List.of("line 1", "line 2"));
            node.onNotice((topic, details) -> got.add(topic + details));

            await().untilAsserted(() -> assertThat(got).containsExactly("epoch{number=1}", "epoch{number=2}"));
            await().untilAsserted(() -> assertThat(rig.heard.events)
                    .containsExactly("joined 0", "notice 0 hello {a=b}", "log 0 [line 1, line 2]"));
        }
    }

    @Test
    void stopReachesAllAlsoThoseWhoComeLater() {
        try (Rig rig = new Rig(2)) {
            List<String> reasons = new CopyOnWriteArrayList<>();
            rig.join(0, 0).onStop(reasons::add);

            rig.server.stop("training is done");
            rig.join(1, 0).onStop(reasons::add);

            await().untilAsserted(() -> assertThat(reasons).containsExactly("training is done", "training is done"));
        }
    }

    @Test
    void farewellIsAcknowledgedAndTheEndAfterItIsNoFailure() {
        try (Rig rig = new Rig(2)) {
            List<String> gone = new CopyOnWriteArrayList<>();
            for (int i = 0; i < 2; i++) {
                ReservationClient node = rig.join(i, 0);
                node.onDisconnect(() -> gone.add("gone"));
                node.farewell(Map.of("rows", "" + i));
                node.close();
            }
            rig.connect(0, 0).reportExit("127.0.0.1", 0, List.of());

            assertThat(rig.server.awaitFarewells(Set.of(0, 1), Rig.TIMEOUT)).isTrue();
            assertThat(rig.server.farewells()).isEqualTo(Map.of(0, Map.of("rows", "0"), 1, Map.of("rows", "1")));
            await().pollDelay(Duration.ofMillis(1300))
                    .untilAsserted(() -> assertThat(rig.heard.events)
                            .containsExactly("joined 0", "farewell 0 {rows=0}", "joined 1", "farewell 1 {rows=1}"));
            assertThat(rig.server.failures()).isEmpty();
            assertThat(gone).isEmpty();
        }
    }

    @Test
    void farewellsAreWaitedForUntilTheRestHasFailed() {
        try (Rig rig = new Rig(2)) {
            rig.join(0, 0).farewell(Map.of());
            assertThat(rig.server.awaitFarewells(Set.of(0, 1), Duration.ofMillis(50)))
                    .isFalse();

            rig.connect(1, 0).reportExit("127.0.0.1", 3, List.of());

            long start = System.nanoTime();
            assertThat(rig.server.awaitFarewells(Set.of(0, 1), Rig.TIMEOUT)).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void clientLearnsThatTheDriverIsGone() throws Exception {
        try (Rig rig = new Rig(1)) {
            CountDownLatch gone = new CountDownLatch(1);
            ReservationClient node = rig.join(0, 0);
            node.onDisconnect(gone::countDown);

            rig.server.close();

            assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> node.notice("a", Map.of())).isInstanceOf(ChannelException.class);
            assertThatThrownBy(() -> node.farewell(Map.of())).isInstanceOf(ChannelException.class);
        }
    }

    @Test
    void listenersAreCalledOnOneThreadAndMayThrow() {
        Recorder second = new Recorder();
        ReservationListener broken = new ReservationListener() {
            @Override
            public void joined(int ordinal, NodeInfo node) {
                throw new IllegalStateException("a listener's own mistake");
            }
        };
        try (Rig rig = new Rig(2, options -> options.listener(broken).listener(second))) {
            rig.join(0, 0);
            rig.join(1, 0);

            await().untilAsserted(() -> assertThat(second.events).containsExactly("joined 0", "joined 1"));
            assertThat(Set.copyOf(second.threads))
                    .containsExactly("reservation-" + rig.server.address().getPort() + "-events");
        }
    }

    @Test
    void closeIsIdempotentEndsWaitsAndLeavesNoThread() throws Exception {
        Rig rig = new Rig(2);
        int port = rig.server.address().getPort();
        rig.join(0, 0);
        CompletableFuture<List<NodeInfo>> waiting =
                CompletableFuture.supplyAsync(() -> rig.server.awaitNodes(Duration.ofSeconds(60)));

        long start = System.nanoTime();
        rig.close();
        rig.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThat(waiting)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withMessageContaining("closed");
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("reservation-" + port) || name.startsWith("reservation-client-0.")));
        PortRange.parse("" + port).bind("127.0.0.1", "test").close(); // the port is free again
        assertThat(rig.heard.events).containsExactly("joined 0");
    }

    @Test
    void twoServersInOneProcessDoNotKnowEachOther() {
        try (Rig one = new Rig(1);
                Rig two = new Rig(1)) {
            one.join(0, 0);

            assertThat(one.server.awaitNodes(Rig.TIMEOUT)).hasSize(1);
            assertThat(two.server.nodes()).isEmpty();
        }
    }

    @Test
    void takenPortIsAnErrorThatNamesTheRange() {
        try (Rig rig = new Rig(1)) {
            int port = rig.server.address().getPort();

            assertThatThrownBy(() -> ReservationServer.builder(
                                    ClusterTemplate.of(1, 0, false, Optional.empty()), rig.secret)
                            .ports(new PortRange(port, port))
                            .start())
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("no free port for the reservation server on 127.0.0.1 in " + port);
        }
    }

    @Test
    void wrongRoleIsRefusedWithBothNames() {
        try (Rig rig = new Rig(1)) {
            ReservationClient node = rig.connect(0, 0);

            assertThatThrownBy(() ->
                            node.register(new NodeInfo(new TaskSpec(Role.PS, 0, "127.0.0.1", 1), 1, "0", Map.of())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("node 0 is worker:0 in this cluster, not ps:0");
        }
    }

    @Test
    void noServerIsAnErrorThatNamesTheAddress() {
        Rig rig = new Rig(1);
        rig.close();

        assertThatThrownBy(() -> rig.connect(0, 0))
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("127.0.0.1:" + rig.server.address().getPort());
    }
}
