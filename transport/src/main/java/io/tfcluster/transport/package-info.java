/**
 * Sockets with a secret, a deadline and a frame limit.
 *
 * <pre>
 *  initiator                                acceptor
 *      │ ◀─── "TFC1", 32 random bytes ────────── │   challenge
 *      │ ──── 32 random bytes, HMAC(client) ───▶ │   response: the initiator proves itself first
 *      │ ◀─── HMAC(server) ───────────────────── │   proof: only then does the acceptor
 *      │ ◀═══ bytes and frames, either way ════▶ │
 * </pre>
 *
 * {@link io.tfcluster.transport.Handshake} is the picture above as pure functions over bytes, so that the Netty server of the
 * control plane and the plain channels of feed and ring share it. {@link io.tfcluster.transport.SecureChannel} is one connection
 * (TCP or Unix-domain), {@link io.tfcluster.transport.SecureListener} the accepting side.
 *
 * <p>Channels are non-blocking underneath, with one selector for the reading and one for the writing thread: Unix-domain sockets have
 * no SO_TIMEOUT, and every wait must have a limit. The first read or write is tried without the selector, so a busy channel pays
 * nothing for it. The price is two selectors, six file descriptors, per channel; there are a few dozen of them, never thousands.
 *
 * <p>The bytes after the handshake are neither encrypted nor signed: the secret keeps strangers out, it does not hide the rows from
 * someone who can read the network.
 */
@NullMarked
package io.tfcluster.transport;

import org.jspecify.annotations.NullMarked;
