package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import io.tfcluster.transport.TlsSource;
import java.io.Serializable;
import java.time.Duration;

/**
 * How a feed task sends.
 *
 * @param blockBytes rows are collected up to this size, then sent; a larger single row travels alone
 * @param feedTimeout how long a node may take no row, or send no result, before the task fails
 * @param connectTimeout limit for connecting to one node
 * @param rowsInFlight inference: most input rows waiting for their results
 * @param tls of connections over TCP; Unix-domain sockets need none
 * @param endedEpoch the feed's last epoch that had ended when this one began, -1 if none had: rows may be faster than the driver's word
 */
public record FeedOptions(
        int blockBytes, Duration feedTimeout, Duration connectTimeout, int rowsInFlight, TlsSource tls, long endedEpoch)
        implements Serializable {
    /** 1 MiB blocks, 600 s without progress, 30 s to connect, 8,192 rows in flight, no TLS. */
    public static final FeedOptions DEFAULTS =
            new FeedOptions(1 << 20, Duration.ofMinutes(10), Duration.ofSeconds(30), 8192, TlsSource.NONE, -1);

    private static final int MAX_BLOCK_BYTES = 256 << 20;

    /** Checks the ranges. */
    public FeedOptions {
        requireNonNull(tls, "tls");
        if (blockBytes < 1 || blockBytes > MAX_BLOCK_BYTES) {
            throw new IllegalArgumentException("blockBytes must be 1 to " + MAX_BLOCK_BYTES + ", got " + blockBytes);
        }
        if (feedTimeout.isNegative() || feedTimeout.isZero()) {
            throw new IllegalArgumentException("feedTimeout must be positive, got " + feedTimeout);
        }
        if (connectTimeout.isNegative() || connectTimeout.isZero()) {
            throw new IllegalArgumentException("connectTimeout must be positive, got " + connectTimeout);
        }
        if (rowsInFlight < 1) {
            throw new IllegalArgumentException("rowsInFlight must be 1 or more, got " + rowsInFlight);
        }
    }

    /** Returns these options with another block size. */
    public FeedOptions withBlockBytes(int value) {
        return new FeedOptions(value, feedTimeout, connectTimeout, rowsInFlight, tls, endedEpoch);
    }

    /** Returns these options with another feed timeout. */
    public FeedOptions withFeedTimeout(Duration value) {
        return new FeedOptions(blockBytes, value, connectTimeout, rowsInFlight, tls, endedEpoch);
    }

    /** Returns these options with another limit for connecting. */
    public FeedOptions withConnectTimeout(Duration value) {
        return new FeedOptions(blockBytes, feedTimeout, value, rowsInFlight, tls, endedEpoch);
    }

    /** Returns these options with another number of rows in flight. */
    public FeedOptions withRowsInFlight(int value) {
        return new FeedOptions(blockBytes, feedTimeout, connectTimeout, value, tls, endedEpoch);
    }

    /** Returns these options with TLS, or {@link TlsSource#NONE} for none; the nodes must do the same. */
    public FeedOptions withTls(TlsSource value) {
        return new FeedOptions(blockBytes, feedTimeout, connectTimeout, rowsInFlight, value, endedEpoch);
    }

    /** Returns these options with another epoch that has ended. */
    public FeedOptions withEndedEpoch(long value) {
        return new FeedOptions(blockBytes, feedTimeout, connectTimeout, rowsInFlight, tls, value);
    }
}
