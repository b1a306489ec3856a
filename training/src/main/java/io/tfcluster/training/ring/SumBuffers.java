package io.tfcluster.training.ring;

import java.nio.ByteBuffer;

/** Memory of one ring's sums: what comes and waits to be added, and what is made smaller before it goes. One thread uses each part. */
final class SumBuffers {
    private final ByteBuffer incoming;
    private final ByteBuffer outgoing;
    private final FloatAdder adder = new FloatAdder();
    private final HalfEncoder encoder = new HalfEncoder();
    private final HalfDecoder decoder = new HalfDecoder();
    private final HalfDecoder ownDecoder = new HalfDecoder();

    SumBuffers(int chunkBytes) {
        this.incoming = ByteBuffer.allocateDirect(chunkBytes);
        this.outgoing = ByteBuffer.allocateDirect(HalfWire.bytes(chunkBytes));
    }

    ByteBuffer incoming(int length) {
        return incoming.slice(0, length);
    }

    ByteBuffer outgoing(int length) {
        return outgoing.slice(0, length);
    }

    FloatAdder adder() {
        return adder;
    }

    /** For the thread that sends. */
    HalfEncoder encoder() {
        return encoder;
    }

    /** For the thread that receives. */
    HalfDecoder decoder() {
        return decoder;
    }

    /** For the thread that sends. */
    HalfDecoder ownDecoder() {
        return ownDecoder;
    }
}
