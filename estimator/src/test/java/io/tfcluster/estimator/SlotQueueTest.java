package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SlotQueueTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final SlotQueue queue = new SlotQueue();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void noMoreSlotsAreOutThanThereAre() throws Exception {
        AtomicInteger out = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(30);
        for (int i = 0; i < 30; i++) {
            int slots = 1 + i % 3;
            threads.execute(() -> {
                try (SlotQueue.Held held = queue.acquire("some", slots, () -> 4, LONG)) {
                    most.accumulateAndGet(out.addAndGet(slots), Math::max);
                    Thread.yield();
                    out.addAndGet(-slots);
                }
                done.countDown();
            });
        }

        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(most.get()).isBetween(3, 4);
    }

    @Test
    void aLargeClusterIsNotPassedBySmallOnes() throws Exception {
        SlotQueue.Held first = queue.acquire("first", 1, () -> 2, LONG);
        List<String> order = new CopyOnWriteArrayList<>();
        CompletableFuture<SlotQueue.Held> large = CompletableFuture.supplyAsync(() -> got(order, "large", 2), threads);
        await().until(() -> queue.waiting() == 1);
        CompletableFuture<SlotQueue.Held> small = CompletableFuture.supplyAsync(() -> got(order, "small", 1), threads);
        await().until(() -> queue.waiting() == 2);

        first.close();
        large.get(10, TimeUnit.SECONDS).close();
        small.get(10, TimeUnit.SECONDS).close();

        assertThat(order).containsExactly("large", "small");
    }

    private SlotQueue.Held got(List<String> order, String name, int slots) {
        SlotQueue.Held held = queue.acquire(name, slots, () -> 2, LONG);
        order.add(name);
        return held;
    }

    @Test
    void whoWaitsInVainIsToldWhoHoldsTheSlotsAndLetsTheNextOneGo() {
        try (SlotQueue.Held held = queue.acquire("the first {rate: 0.1}", 1, () -> 2, LONG)) {
            assertThatThrownBy(() -> queue.acquire("the second", 2, () -> 2, Duration.ofMillis(50)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the second needs 2 of 2 task slots")
                    .hasMessageContaining("the first {rate: 0.1} holds 1")
                    .hasMessageContaining("reservationTimeout");
            queue.acquire("the third", 1, () -> 2, LONG).close();
        }
    }

    @Test
    void aloneOneGoesHoweverManySlotsThereAre() {
        queue.acquire("large", 5, () -> 0, Duration.ofMillis(50)).close();
    }

    @Test
    void closingTwiceReleasesOnce() {
        SlotQueue.Held first = queue.acquire("a", 1, () -> 2, LONG);
        first.close();
        SlotQueue.Held second = queue.acquire("b", 2, () -> 2, LONG);
        first.close();
        assertThatThrownBy(() -> queue.acquire("c", 1, () -> 2, Duration.ofMillis(20)))
                .hasMessageContaining("b holds 2");
        second.close();
    }
}
