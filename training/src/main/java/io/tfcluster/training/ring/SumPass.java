package io.tfcluster.training.ring;

import java.nio.ByteBuffer;

/** The sum of all ranks' vectors in two passes, see {@link RingSegments}; chunk by chunk, so that steps overlap. */
final class SumPass implements RingPass {
    private final RingSegments segments;
    private final int size;
    private final Compression compression;
    private final SumBuffers buffers;
    private final float[][]
            scales; // by segment and chunk, of what came in pass 2, so that it is sent on as the same bits

    SumPass(RingSegments segments, int size, Compression compression, SumBuffers buffers) {
        this.segments = segments;
        this.size = size;
        this.compression = compression;
        this.buffers = buffers;
        this.scales = new float[compression == Compression.FLOAT16 ? size : 0][segments.chunks()];
    }

    @Override
    public int sends() {
        return segments.steps() * segments.chunks();
    }

    @Override
    public int receives() {
        return sends();
    }

    @Override
    public int needs(int send) {
        return Math.max(0, send - segments.chunks() + 1);
    }

    @Override
    public ByteBuffer toSend(int send) {
        int step = send / segments.chunks();
        int chunk = send % segments.chunks();
        ByteBuffer floats = segments.toSend(step, chunk);
        if (compression == Compression.NONE) {
            return floats;
        }
        ByteBuffer wire = buffers.outgoing(HalfWire.bytes(floats.remaining()));
        if (step >= size) {
            buffers.encoder().encode(floats, scales[segments.sent(step)][chunk], wire);
            return wire.flip();
        }
        buffers.encoder().encode(floats, buffers.encoder().scale(floats), wire);
        wire.flip();
        if (step == size - 1) { // the sum is finished, and what the others will have of it is what this rank keeps
            buffers.ownDecoder().replace(floats, wire.duplicate());
        }
        return wire;
    }

    @Override
    public ByteBuffer toReceive(int receive) {
        int step = receive / segments.chunks();
        ByteBuffer floats = segments.toReceive(step, receive % segments.chunks());
        if (compression == Compression.FLOAT16) {
            return buffers.incoming(HalfWire.bytes(floats.remaining()));
        }
        return segments.adds(step) ? buffers.incoming(floats.remaining()) : floats;
    }

    @Override
    public void received(int receive) {
        int step = receive / segments.chunks();
        int chunk = receive % segments.chunks();
        ByteBuffer floats = segments.toReceive(step, chunk);
        if (compression == Compression.NONE) {
            if (segments.adds(step)) {
                buffers.adder().add(floats, buffers.incoming(floats.remaining()));
            }
            return;
        }
        ByteBuffer wire = buffers.incoming(HalfWire.bytes(floats.remaining()));
        if (segments.adds(step)) {
            buffers.decoder().add(floats, wire);
        } else {
            scales[segments.received(step)][chunk] = buffers.decoder().replace(floats, wire);
        }
    }

    @Override
    public int begunAfter() {
        return (size - 2) * segments.chunks() + 1;
    }

    @Override
    public boolean onOneThread() {
        return false;
    }
}
