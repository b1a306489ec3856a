package io.tfcluster.training.ring;

import java.nio.ByteBuffer;

/**
 * One way of bytes round the ring, as one rank sees it: messages that it sends and messages that it receives, each in order. Both ends of a
 * connection know how long each is, so nothing but the bytes themselves travels.
 *
 * <p>A thread asks for what is sent, possibly another one for what is received; what a message needs is finished before it is asked for.
 */
interface RingPass {
    int sends();

    int receives();

    /** How many messages must have been received before this one can be sent. */
    int needs(int send);

    ByteBuffer toSend(int send);

    /** Where a message belongs, empty. */
    ByteBuffer toReceive(int receive);

    /** The buffer of {@link #toReceive} is full. */
    void received(int receive);

    /** After how many received messages every rank is known to have begun; until then they may be busy with something else. */
    int begunAfter();

    /**
     * Whether one thread can send and receive in turn. True where each message fits in the sockets' buffers: for all ranks to wait for their
     * readers, all those buffers had to be full, and there are no more messages on their way than ranks.
     */
    boolean onOneThread();
}
