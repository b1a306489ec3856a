package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedReader;
import io.tfcluster.feeding.FeedResult;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedServer;
import io.tfcluster.feeding.FeedServerConfig;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.RowBatch;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import io.tfcluster.transport.TlsSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import javax.net.ssl.SSLContext;

/**
 * A node's feed server; an honest task feeds partition after partition, over a new connection each, and the node takes the rows. Insiders
 * feed something else on the same server: a row of theirs that is valid by chance would be counted, and rightly so.
 */
final class FeedVictim implements Victim {
    private static final FeedSchema SCHEMA =
            FeedSchema.builder().int64("id").binary("bytes").build();
    private static final FeedSchema RESULTS =
            FeedSchema.builder().int64("result").build();
    private static final RowEncoder<Long> ENCODER = (id, out) -> out.putLong(id).putBytes(new byte[] {1, 2, 3});
    private static final String HONEST = "train";
    private static final String HOSTILE = "other";
    private static final int ROWS = 200;

    private static final Duration COUNT_LIMIT = Duration.ofSeconds(10);

    private final boolean unix;
    private final Optional<SSLContext> tls;
    private final ClusterSecret secret = ClusterSecret.random();
    private final Path folder;
    private final FeedServer server;
    private final FeedTarget target;
    private final List<byte[]> conversation;
    private final AtomicLong rows = new AtomicLong();
    private final HonestSession feeding;
    private final HonestSession reading;
    private final HonestSession draining;
    private int partition;

    private FeedVictim(boolean unix, Optional<SSLContext> tls) {
        this.unix = unix;
        this.tls = tls;
        try {
            folder = Files.createTempDirectory("tfcluster-fuzz-");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a temporary folder for the socket file", e);
        }
        FeedServerConfig.Builder config = FeedServerConfig.builder("fuzzed", secret)
                .feed(HONEST, FeedConfig.of(SCHEMA).buffer(1 << 20))
                .feed(HOSTILE, FeedConfig.of(SCHEMA).buffer(1 << 20));
        tls.ifPresent(config::tls);
        server = FeedServer.start(
                unix
                        ? config.unix(folder.resolve("feed")).build()
                        : config.tcp("127.0.0.1", PortRange.ANY).build());
        target = FeedTarget.of("fuzzed", server.endpoints());
        draining = HonestSession.start(name() + "-other", () -> drain(server.reader(HOSTILE), new AtomicLong()));
        conversation = record();
        reading = HonestSession.start(name() + "-reader", () -> drain(server.reader(HONEST), rows));
        feeding = HonestSession.start(name(), this::feed);
    }

    static Victim overTcp() {
        return new FeedVictim(false, Optional.empty());
    }

    static Victim overUnix() {
        return new FeedVictim(true, Optional.empty());
    }

    static Victim overTls() {
        return new FeedVictim(false, Optional.of(OwnKey.tls()));
    }

    private static void drain(FeedReader reader, AtomicLong count) {
        try (RowBatch batch = reader.next(ROWS)) {
            count.addAndGet(batch.rows());
        }
        int unanswered = reader.unansweredRows();
        if (unanswered > 0) { // an insider that says, in one bit, that it wants results: they are owed to it
            reader.answer(RESULTS, unanswered, List.of(ByteBuffer.allocate(Long.BYTES * unanswered)));
        }
    }

    /** An epoch of one partition; its end lets the node forget what it counted. */
    private void feed() {
        FeedResult result = feed(HONEST, partition, target, () -> tls);
        if (result.totalRows() != ROWS || !result.events().isEmpty()) {
            throw new IllegalStateException("not fed as it should be: " + result);
        }
        server.endEpoch(HONEST, partition);
        server.epochOver(HONEST, partition);
        partition++;
    }

    private FeedResult feed(String feed, int epoch, FeedTarget node, TlsSource from) {
        return PartitionFeeder.feed(
                new FeedPartition(feed, epoch, 0, 0),
                LongStream.range(0, ROWS).iterator(),
                SCHEMA,
                ENCODER,
                List.of(node),
                secret,
                FeedOptions.DEFAULTS.withBlockBytes(1000).withTls(from));
    }

    private List<byte[]> record() {
        try (Tap tap = new Tap(address(), secret, purpose(), tls)) {
            InetSocketAddress tapped = tap.address();
            feed(HOSTILE, 0, new FeedTarget("fuzzed", tapped.getHostString(), tapped.getPort(), ""), TlsSource.NONE);
            return tap.longest();
        }
    }

    @Override
    public String name() {
        if (tls.isPresent()) {
            return "feed.tls";
        }
        return unix ? "feed.unix" : "feed.tcp";
    }

    @Override
    public Optional<SSLContext> tls() {
        return tls;
    }

    @Override
    public SocketAddress address() {
        return unix
                ? UnixDomainSocketAddress.of(folder.resolve("feed"))
                : new InetSocketAddress("127.0.0.1", server.tcpPort().orElseThrow());
    }

    @Override
    public ClusterSecret secret() {
        return secret;
    }

    @Override
    public String purpose() {
        return "feed";
    }

    @Override
    public List<byte[]> conversation() {
        return conversation;
    }

    @Override
    public boolean framed() {
        return true;
    }

    @Override
    public long exchanges() {
        return feeding.count();
    }

    @Override
    public void check(long further) {
        feeding.check(further);
        reading.check(0);
        draining.check(0);
        long fed = feeding.count();
        long deadline = System.nanoTime() + COUNT_LIMIT.toNanos();
        while (rows.get() < fed * ROWS && System.nanoTime() < deadline) {
            LockSupport.parkNanos(
                    1_000_000); // rows count as fed when they are handed out, a moment before they are counted here
        }
        if (rows.get() < fed * ROWS) {
            throw new IllegalStateException(rows + " rows taken, but " + fed + " partitions of " + ROWS + " were fed");
        }
    }

    @Override
    public void close() {
        feeding.ending();
        reading.ending();
        draining.ending();
        server.close();
        feeding.close();
        reading.close();
        draining.close();
        try {
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + folder, e);
        }
    }
}
