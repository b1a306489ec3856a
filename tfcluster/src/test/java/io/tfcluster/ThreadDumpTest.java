package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ThreadDumpTest {
    @Test
    @Timeout(30)
    void itShowsWhereThreadsStandAndStaysSmall() throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        Thread waiting = new Thread(
                () -> {
                    begun.countDown();
                    try {
                        over.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "a-thread-that-waits");
        waiting.start();
        begun.await();

        String dump = ThreadDump.text();
        over.countDown();
        waiting.join();

        assertThat(dump)
                .contains("\"a-thread-that-waits\"")
                .contains("ThreadDumpTest")
                .doesNotContain("Signal Dispatcher");
        assertThat(dump.length()).isLessThan(25_000);
    }

    @Test
    void theMainThreadsPartIsFound() {
        String dump = "DEADLOCK between \"main\" \"b\"\n\"main\" WAITING on x\n    at a.b(c)\n\"b\" RUNNABLE\n    at d";

        assertThat(ThreadDump.mainThread(dump)).isEqualTo("\"main\" WAITING on x\n    at a.b(c)");
        assertThat(ThreadDump.mainThread("")).isEmpty();
    }
}
