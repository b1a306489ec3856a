package io.tfcluster.feeding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Feeds over TCP under TLS; a Unix-domain socket of the same node goes without. */
@Timeout(120)
final class FeedTlsTest {
    private static final int ROWS = 20_000;

    @TempDir
    static Path folder;

    private static SSLContext tls;

    private final ClusterSecret secret = ClusterSecret.random();

    @BeforeAll
    static void makeKeys() throws Exception {
        tls = OwnTls.make(folder);
    }

    private FeedServer serve(Path unix) {
        return FeedServer.start(FeedServerConfig.builder("a", secret)
                .feed("train", TestNode.IDS)
                .tcp("127.0.0.1", PortRange.ANY)
                .unix(unix)
                .tls(tls)
                .build());
    }

    private FeedResult feed(FeedTarget target, FeedOptions options) {
        return PartitionFeeder.feed(
                TestNode.partition(0),
                LongStream.range(0, ROWS).iterator(),
                TestNode.IDS,
                TestNode.IDS_ENCODER,
                List.of(target),
                secret,
                options);
    }

    @Test
    void rowsArriveOverTcpAndOverTheSocketFile() throws Exception {
        FeedOptions options = FeedOptions.DEFAULTS.withTls(() -> Optional.of(tls));
        for (boolean local : new boolean[] {false, true}) {
            Path file = folder.resolve("feed-" + local);
            try (FeedServer server = serve(file)) {
                FeedTarget target = FeedTarget.of("a", server.endpoints());
                FeedTarget wanted = local ? target : new FeedTarget("a", target.host(), target.port(), "");
                CompletableFuture<FeedResult> fed = TestNode.async(() -> feed(wanted, options));
                long rows = 0;
                while (rows < ROWS) {
                    try (RowBatch batch = server.reader("train").next(1000)) {
                        assertThat(TestNode.ids(batch)).first().isEqualTo(rows);
                        rows += batch.rows();
                    }
                }
                assertThat(fed.get(30, TimeUnit.SECONDS).totalRows()).isEqualTo(ROWS);
            }
        }
    }

    @Test
    void aFeederWithoutTlsIsNotServed() {
        try (FeedServer server = serve(folder.resolve("feed-plain"))) {
            FeedTarget target = FeedTarget.of("a", server.endpoints());
            FeedTarget remote = new FeedTarget("a", target.host(), target.port(), "");

            assertThatThrownBy(() -> feed(remote, FeedOptions.DEFAULTS.withConnectTimeout(Duration.ofMillis(300))))
                    .isInstanceOf(FeedException.class)
                    .hasMessageContaining("no node can be reached");
            await().until(() -> server.rejected() >= 1);
        }
    }
}
