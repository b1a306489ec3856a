package io.tfcluster;

import io.tfcluster.feeding.RowEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds from streams: each micro-batch is a piece of one endless epoch, and holds up the stream until nodes have taken it.
 *
 * <p>For each stream a thread {@code tfcluster-stream-…} waits for the stream's end, to end the feed, and for the feed's, to stop the stream:
 * the thread that feeds cannot, for stopping waits for it.
 */
final class FeedStreams implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FeedStreams.class);
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);
    private static final Duration PIECE_LIMIT = Duration.ofSeconds(2);
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(5);

    private final ClusterFeeder feeder;
    private final List<Thread> watchers = new ArrayList<>();
    private volatile boolean closing;

    FeedStreams(ClusterFeeder feeder) {
        this.feeder = feeder;
    }

    /** Starts a query that feeds until it is stopped. */
    StreamingQuery start(String feed, DataStreamWriter<Row> writer, Map<String, String> inputMapping) {
        FeedLine line = feeder.line(feed);
        Pieces pieces = new Pieces(line);
        VoidFunction2<Dataset<Row>, Long> sink = (batch, id) -> pieces.feed(FeedInput.of(batch, inputMapping));
        StreamingQuery query;
        try {
            query = writer.foreachBatch(sink).start();
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "the streaming query of feed " + feed + " did not start: " + e.getMessage(), e);
        }
        watch(line, new Stream() {
            @Override
            public boolean ended(long millis) throws Exception {
                return query.awaitTermination(millis);
            }

            @Override
            public void stop() throws Exception {
                query.stop();
            }
        });
        return query;
    }

    /** Feeds what comes on a DStream until its context is stopped. */
    @SuppressWarnings("deprecation") // Spark says that DStreams are an old API, and so they are; they still run
    <T> void follow(String feed, JavaDStream<T> rows, RowEncoder<? super T> encoder) {
        FeedLine line = feeder.line(feed);
        Pieces pieces = new Pieces(line);
        rows.foreachRDD(batch -> pieces.feed(FeedInput.of(batch, encoder)));
        StreamingContext context = rows.context();
        watch(line, new Stream() {
            @Override
            public boolean ended(long millis) {
                return context.awaitTerminationOrTimeout(millis);
            }

            @Override
            public void stop() {
                if (line.isTerminated()) { // otherwise the cluster ends, and the context is the user's
                    context.stop(false, false);
                }
            }
        });
    }

    /** The part of a stream that both kinds have. */
    private interface Stream {
        /** Waits for its end; throws what it failed with. */
        boolean ended(long millis) throws Exception;

        void stop() throws Exception;
    }

    /** Called by the stream's thread for each micro-batch. */
    private final class Pieces {
        private final FeedLine line;
        private final AtomicBoolean warned = new AtomicBoolean();

        Pieces(FeedLine line) {
            this.line = line;
        }

        void feed(FeedInput batch) throws InterruptedException {
            if (line.isEnded() || line.isTerminated()) {
                return; // the watcher is about to stop the stream
            }
            try {
                feeder.feedMore(line.name, batch.warnedBy(warned));
            } catch (IllegalStateException e) {
                if (e.getCause() instanceof InterruptedException) {
                    throw (InterruptedException)
                            new InterruptedException(e.getMessage()).initCause(e); // Spark knows it as a stop
                }
                throw e;
            }
        }
    }

    private void watch(FeedLine line, Stream stream) {
        Thread watcher = new Thread(() -> watchUntilEnd(line, stream), "tfcluster-stream-" + line.name);
        watcher.setDaemon(true);
        synchronized (watchers) {
            watchers.add(watcher);
        }
        watcher.start();
    }

    private void watchUntilEnd(FeedLine line, Stream stream) {
        try {
            while (!stream.ended(LOOK_INTERVAL.toMillis())) {
                if (line.isTerminated() || closing) {
                    log.info("stopping the stream that feeds {}: nobody takes its rows any more", line.name);
                    if (line.isTerminated() && !line.awaitFree(PIECE_LIMIT)) { // so that its rows are counted first
                        log.warn("the last piece of feed {} has not ended within {}", line.name, PIECE_LIMIT);
                    }
                    stream.stop();
                    break;
                }
            }
        } catch (Exception e) { // Spark throws its own, which Java takes for checked
            log.warn("the stream that feeds {} has failed; the feed ends", line.name, e);
        } finally {
            feeder.endStream(line);
        }
    }

    /** Stops the queries that were started here and ends the threads. Takes 5 s at most, usually a few milliseconds. */
    @Override
    public void close() {
        closing = true;
        List<Thread> all;
        synchronized (watchers) {
            all = List.copyOf(watchers);
        }
        try {
            for (Thread watcher : all) {
                watcher.join(JOIN_LIMIT.toMillis());
                if (watcher.isAlive()) {
                    log.warn("{} still runs {} after it was told to stop its stream", watcher.getName(), JOIN_LIMIT);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
