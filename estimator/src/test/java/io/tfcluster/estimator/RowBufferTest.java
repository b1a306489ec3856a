package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RowBufferTest {
    private static void nothing() {}

    private static UnsafeRow row(int bytes) {
        UnsafeRow row = new UnsafeRow(1);
        row.pointTo(new byte[bytes], bytes);
        return row;
    }

    /** Puts rows of these sizes in a thread of its own, counting those that are in. */
    private static CompletableFuture<Boolean> put(RowBuffer buffer, AtomicInteger count, int... sizes) {
        return CompletableFuture.supplyAsync(() -> Arrays.stream(sizes).allMatch(size -> {
            try {
                boolean wanted = buffer.put(row(size));
                count.incrementAndGet();
                return wanted;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
    }

    @Test
    void noMoreRowsAreInThanItsBounds() throws Exception {
        RowBuffer rows = new RowBuffer(3, 1_000_000, 1);
        RowBuffer bytes = new RowBuffer(100, 160, 1);
        AtomicInteger inRows = new AtomicInteger();
        AtomicInteger inBytes = new AtomicInteger();

        CompletableFuture<Boolean> putsRows = put(rows, inRows, 16, 16, 16, 16, 16);
        CompletableFuture<Boolean> putsBytes = put(bytes, inBytes, 80, 80, 16);

        await().until(() -> inRows.get() == 3 && inBytes.get() == 2);
        assertThat(rows.take(RowBufferTest::nothing)).isNotNull();
        assertThat(bytes.take(RowBufferTest::nothing)).isNotNull();
        await().until(() -> inRows.get() == 4 && inBytes.get() == 3);
        assertThat(putsRows).isNotDone();
        assertThat(rows.take(RowBufferTest::nothing)).isNotNull();
        assertThat(putsRows.join() && putsBytes.join()).isTrue();
        assertThat(rows.readersWaited()).isPositive();
    }

    @Test
    void aRowAboveTheBoundPassesAlone() throws Exception {
        RowBuffer buffer = new RowBuffer(10, 100, 1);
        AtomicInteger in = new AtomicInteger();

        CompletableFuture<Boolean> puts = put(buffer, in, 8, 800, 8);

        await().until(() -> in.get() == 1);
        assertThat(buffer.take(RowBufferTest::nothing).getSizeInBytes()).isEqualTo(8);
        assertThat(buffer.take(RowBufferTest::nothing).getSizeInBytes()).isEqualTo(800);
        assertThat(buffer.take(RowBufferTest::nothing).getSizeInBytes()).isEqualTo(8);
        assertThat(puts.join()).isTrue();
    }

    @Test
    void itEndsWithTheLastReader() throws Exception {
        RowBuffer buffer = new RowBuffer(10, 100, 2);
        assertThat(buffer.put(row(8))).isTrue();
        buffer.readerIsDone();
        assertThat(buffer.take(RowBufferTest::nothing)).isNotNull();
        CompletableFuture<Void> last = CompletableFuture.runAsync(buffer::readerIsDone);

        assertThat(buffer.take(RowBufferTest::nothing)).isNull();

        last.join();
    }

    @Test
    void aFailureComesBeforeRowsAndOnlyTheFirst() throws Exception {
        RowBuffer buffer = new RowBuffer(10, 100, 2);
        assertThat(buffer.put(row(8))).isTrue();
        buffer.fail(new IllegalArgumentException("first"));
        buffer.fail(new IllegalArgumentException("second"));

        assertThat(buffer.put(row(8))).isFalse();
        assertThatThrownBy(() -> buffer.take(RowBufferTest::nothing))
                .isInstanceOf(RowBuffer.Failure.class)
                .hasMessage("first");
    }

    @Test
    void endingFreesWhoWaits() throws Exception {
        RowBuffer full = new RowBuffer(1, 100, 1);
        RowBuffer empty = new RowBuffer(1, 100, 1);
        AtomicInteger in = new AtomicInteger();
        AtomicInteger looks = new AtomicInteger();
        CompletableFuture<Boolean> puts = put(full, in, 8, 8);
        CompletableFuture<Boolean> takes = CompletableFuture.supplyAsync(() -> {
            try {
                return empty.take(looks::incrementAndGet) == null;
            } catch (RowBuffer.Failure | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> in.get() == 1 && looks.get() > 1);

        full.end();
        empty.end();

        assertThat(puts.join()).as("more are wanted").isFalse();
        assertThat(takes.join()).isTrue();
        assertThat(empty.taskWaited()).isPositive();
    }

    @Test
    void theCheckEndsATaskThatWaits() {
        RowBuffer buffer = new RowBuffer(1, 100, 1);

        assertThatThrownBy(() -> buffer.take(() -> {
                    throw new IllegalStateException("killed");
                }))
                .hasMessage("killed");
    }
}
