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
 * <p>Without TLS the bytes after the handshake are neither encrypted nor signed: the secret keeps strangers out, it does not hide the rows
 * from someone who can read the network, nor keep out someone who can write into a connection of others. With TLS ({@code TlsLink}, an
 * SSLEngine between channel and socket) they are, and the certificate of the listening side goes into the
 * secret's handshake: a name in it is not checked, since executors come and go on hosts that nobody names beforehand. Unix-domain sockets go
 * without TLS always: nobody but the owner can open the file, and no network carries the bytes.
 *
 * <p>The listener once had a thread per handshake, 32 of them. So many strangers who said nothing kept everybody out for 10 s, and the
 * next connection was refused. One thread with a selector has room for hundreds, and drops the eldest for the newest.
 */
@NullMarked
package io.tfcluster.transport;

import org.jspecify.annotations.NullMarked;
