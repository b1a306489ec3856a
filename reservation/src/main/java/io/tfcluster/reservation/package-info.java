/**
 * Who is in the cluster, and who is still alive.
 *
 * <p>A {@link io.tfcluster.reservation.ReservationServer} on the driver collects the nodes of a
 * {@link io.tfcluster.reservation.ClusterTemplate}; each node holds a {@link io.tfcluster.reservation.ReservationClient} for life; a
 * node's launcher opens one more for a moment, when its child has ended.
 *
 * <pre>
 *  node                                     driver                             launcher
 *   │ ◀── challenge, response, proof ──────▶ │   raw bytes, see transport's page    │
 *   │ ──── hello{version, cluster id, ─────▶ │                                      │
 *   │      generation, ordinal, attempt}     │                                      │
 *   │ ◀─── welcome ───────────────────────── │                                      │
 *   │ ──── register{node} ─────────────────▶ │                                      │
 *   │ ◀─── registered ────────────────────── │                                      │
 *   │ ◀═══ cluster{first, total, peers} ═══▶ │   once all are there, 1 frame or more│
 *   │ ════ heartbeat, log, notice ═════════▶ │                                      │
 *   │ ◀═══ notice, stop ════════════════════ │                                      │
 *   │ ──── farewell or fail ───────────────▶ │                                      │
 *   │ ◀─── received ──────────────────────── │                                      │
 *   ✕                                        │ ◀── hello, exit{code, lines} ─────── │
 *                                            │ ──── received ─────────────────────▶ │
 * </pre>
 *
 * A frame is a 4-byte big-endian length, at most 1 MiB and checked before memory is taken, and one JSON object with its {@code type}.
 * Who says something wrong, or has not said hello 10 s after connecting, is dropped and counted; who has not proved the secret gets
 * nothing but the random challenge. A peer with the secret but of another version or generation is told so.
 *
 * <h2>Threads</h2>
 *
 * <pre>
 *  reservation-PORT-io-1,2       sockets, JSON, and the roster's lock for microseconds
 *  reservation-PORT-events       listeners, one event at a time
 *  reservation-client-N.A-io         the node's socket
 *  reservation-client-N.A-handlers   notices, stop, disconnect
 *  reservation-client-N.A-heartbeat  asks for the progress
 * </pre>
 *
 * <h2>Decisions</h2>
 *
 * <ul>
 *   <li><b>Fencing.</b> A node is (cluster id, generation, ordinal, attempt). A newer attempt replaces an older one, which is told to
 *       end; an older one is refused. The same attempt may register again until the verdict over it has fallen; verdicts are final,
 *       because the driver has acted on them.
 *   <li><b>One failure per attempt.</b> The node's own words, the end of its connection and its launcher's report come on two
 *       connections in any order. The verdict waits up to a second for all of them. The price: a node whose executor died with it is
 *       known to be lost one second later than it could be.
 *   <li><b>The cluster in frames.</b> Nodes are arrays without field names, and of their endpoints peers get only those that they
 *       need (the ring's, by default): 10,000 nodes take about 0.7 MB, encoded once into direct memory that all
 *       connections share. It is still cut into frames of half a megabyte, so that long names cannot break the limit. Every node gets all
 *       of it: a ring needs two neighbours, but TensorFlow's ClusterSpec is the whole.
 *   <li><b>Notices are not kept</b> for nodes that come later; the stop is. Only the sender of a notice knows whether it is still true.
 *   <li><b>A later replacement</b> gets the cluster as it is then. The others keep what they have: a running TensorFlow server cannot
 *       change its ClusterSpec, so the driver has to start a new generation anyway.
 *   <li><b>Nothing is written under the roster's lock.</b> Written there, the cluster for 10,000 nodes (7 GB) held up every other
 *       registration and waiting user for 17 s; handed to the I/O threads, they do not notice it.
 *   <li><b>JSON</b> costs some 3 ms per 10,000 nodes to read and can be read by eyes; heartbeats are a few hundred bytes.
 * </ul>
 *
 * <h2>Regrets</h2>
 *
 * <ul>
 *   <li>With TLS the shared frames are encrypted per connection, and what a slow node has not taken yet waits in the driver's memory.
 *   <li>TLS is not bound to the handshake inside it: who holds a certificate that the nodes trust could stand between. The
 *       trust store should hold the cluster's certificate, not the world's.
 *   <li>Netty's shared "globalEventExecutor" thread may live for a second after the last server was closed.
 * </ul>
 */
@NullMarked
package io.tfcluster.reservation;

import org.jspecify.annotations.NullMarked;
