package io.tfcluster.feeding;

import java.time.Duration;

/**
 * What a feed has done so far on one node.
 *
 * @param rows rows handed out in batches
 * @param bytes bytes of the blocks received
 * @param waited time that calls for a batch spent waiting for rows
 * @param bufferedBytes bytes received and not yet taken
 * @param connections feeders connected now
 */
public record FeedStats(long rows, long bytes, Duration waited, long bufferedBytes, int connections) {}
