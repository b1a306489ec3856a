package io.tfcluster.training;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Unpacks blocks in Snappy's format, which some programs write checkpoint indexes in. */
final class Snappy {
    private static final int MOST = 1 << 26; // far above any block of an index

    private Snappy() {}

    /**
     * Unpacks.
     *
     * @throws IndexOutOfBoundsException if the block is damaged
     * @throws java.nio.BufferUnderflowException if it ends too early
     */
    static byte[] unpack(ByteBuffer block) {
        ByteBuffer in = block.slice().order(ByteOrder.LITTLE_ENDIAN);
        int length = 0;
        for (int shift = 0, next = -1; next < 0; shift += 7) {
            next = in.get();
            length |= (next & 0x7f) << shift;
        }
        if (length < 0 || length > MOST) {
            throw new IndexOutOfBoundsException("a block of " + length + " bytes");
        }
        byte[] out = new byte[length];
        int at = 0;
        while (in.hasRemaining()) {
            int tag = in.get() & 0xff;
            int size = (tag >>> 2) + 1;
            if ((tag & 3) == 0) {
                int literal = size <= 60 ? size : number(in, size - 60) + 1;
                in.get(out, at, literal);
                at += literal;
                continue;
            }
            int back;
            if ((tag & 3) == 1) {
                size = ((tag >>> 2) & 7) + 4;
                back = (tag >>> 5) << 8 | (in.get() & 0xff);
            } else {
                back = (tag & 3) == 2 ? in.getShort() & 0xffff : in.getInt();
            }
            if (back < 1) {
                throw new IndexOutOfBoundsException("a copy from " + back + " bytes before");
            }
            for (int i = 0; i < size; i++, at++) { // one by one: what is copied may overlap
                out[at] = out[at - back];
            }
        }
        return out;
    }

    private static int number(ByteBuffer in, int bytes) {
        int number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (in.get() & 0xff) << (8 * i);
        }
        return number;
    }
}
