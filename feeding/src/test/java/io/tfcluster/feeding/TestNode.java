package io.tfcluster.feeding;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A real server with one feed, and short ways to feed it. */
public final class TestNode implements AutoCloseable {
    public static final FeedSchema IDS =
            FeedSchema.builder().int64("id").float32("x", 3).build();
    public static final RowEncoder<Long> IDS_ENCODER =
            (id, out) -> out.putLong(id).putFloats(new float[] {id, id + 1, id + 2});

    public final ClusterSecret secret;
    public final FeedServer server;
    public final String name;

    public TestNode(String name, ClusterSecret secret, FeedSchema schema, Path unix, UnaryOperator<FeedConfig> more) {
        this(name, secret, schema, unix, more, Duration.ofMinutes(10));
    }

    public TestNode(
            String name,
            ClusterSecret secret,
            FeedSchema schema,
            Path unix,
            UnaryOperator<FeedConfig> more,
            Duration feedTimeout) {
        this.name = name;
        this.secret = secret;
        FeedServerConfig.Builder builder = FeedServerConfig.builder(name, secret)
                .feed("train", more.apply(FeedConfig.of(schema)))
                .feedTimeout(feedTimeout);
        if (unix == null) {
            builder.tcp("127.0.0.1", PortRange.ANY);
        } else {
            builder.unix(unix);
        }
        this.server = FeedServer.start(builder.build());
    }

    public FeedTarget target() {
        return FeedTarget.of(name, server.endpoints());
    }

    public FeedReader reader() {
        return server.reader("train");
    }

    public static FeedPartition partition(int number) {
        return new FeedPartition("train", 0, number, 0);
    }

    public static FeedResult feedIds(
            ClusterSecret secret, FeedPartition partition, long from, long to, FeedOptions options, TestNode... nodes) {
        return PartitionFeeder.feed(
                partition, LongStream.range(from, to).iterator(), IDS, IDS_ENCODER, targets(nodes), secret, options);
    }

    public static List<FeedTarget> targets(TestNode... nodes) {
        List<FeedTarget> targets = new ArrayList<>();
        for (TestNode node : nodes) {
            targets.add(node.target());
        }
        return targets;
    }

    /** Runs on a thread of its own, which a test that fails leaves behind as a daemon. */
    public static <T> CompletableFuture<T> async(java.util.concurrent.Callable<T> work) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Thread thread = Executors.defaultThreadFactory().newThread(() -> {
            try {
                future.complete(work.call());
            } catch (Throwable e) {
                future.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return future;
    }

    /** Reads the ids of a batch, after checking its other column against them. */
    public static List<Long> ids(RowBatch batch) {
        ByteBuffer ids = ByteBuffer.allocate(8 * batch.rows()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer floats = ByteBuffer.allocate(12 * batch.rows()).order(ByteOrder.LITTLE_ENDIAN);
        batch.copy(0, ids);
        batch.copy(1, floats);
        List<Long> result = new ArrayList<>();
        IntStream.range(0, batch.rows()).forEach(row -> {
            long id = ids.getLong(8 * row);
            for (int i = 0; i < 3; i++) {
                if (floats.getFloat(12 * row + 4 * i) != (float) (id + i)) {
                    throw new AssertionError("row " + id + " has x[" + i + "] = " + floats.getFloat(12 * row + 4 * i));
                }
            }
            result.add(id);
        });
        return result;
    }

    /** Reads batches until the feed ends; returns all ids. */
    public CompletableFuture<List<Long>> drain(int batchRows, long microsPerBatch) {
        return async(() -> {
            List<Long> all = new ArrayList<>();
            while (!reader().shouldStop()) {
                try (RowBatch batch = reader().next(batchRows)) {
                    all.addAll(ids(batch));
                }
                if (microsPerBatch > 0) {
                    java.util.concurrent.locks.LockSupport.parkNanos(microsPerBatch * 1000);
                }
            }
            return all;
        });
    }

    @Override
    public void close() {
        server.close();
    }
}
