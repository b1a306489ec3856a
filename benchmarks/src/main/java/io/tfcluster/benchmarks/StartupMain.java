package io.tfcluster.benchmarks;

import io.tfcluster.NodeContext;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What a node does in a start-up run: says when its process began, when it got here, and when it left. */
final class StartupMain {
    static final FeedSchema SCHEMA = FeedSchema.builder().int64("id").build();
    static final String PROCESS = "process";
    static final String ENTERED = "entered";
    /** Milliseconds of processor time until then, which others on the machine do not change much. */
    static final String CPU = "cpu";

    static final String LEFT = "left";

    private StartupMain() {}

    /** Nothing to be told. */
    record Nothing() implements Serializable {}

    static void run(Nothing nothing, NodeContext ctx) {
        ctx.result(ENTERED, Long.toString(System.currentTimeMillis()));
        Optional<Duration> cpu = ProcessHandle.current().info().totalCpuDuration();
        ctx.result(CPU, Long.toString(cpu.map(Duration::toMillis).orElse(0L)));
        Optional<Instant> began = ProcessHandle.current().info().startInstant();
        ctx.result(PROCESS, Long.toString(began.map(Instant::toEpochMilli).orElse(0L)));
        DataFeed feed = ctx.dataFeed();
        while (!feed.shouldStop()) {
            try (Batch batch = feed.nextBatch(16)) {
                ctx.report(0, 1, batch.rows(), Map.of());
            }
        }
        ctx.result(LEFT, Long.toString(System.currentTimeMillis()));
    }
}
