package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SnappyTest {
    private static byte[] unpack(int... bytes) {
        ByteBuffer block = ByteBuffer.allocate(bytes.length);
        for (int value : bytes) {
            block.put((byte) value);
        }
        return Snappy.unpack(block.flip());
    }

    @Test
    void literalsAndCopiesOfAllLengthsAreUnpacked() {
        byte[] text =
                unpack(18, 2 << 2, 'a', 'b', 'c', 1 | 3 << 2, 3, 2 | 3 << 2, 6, 0, 3 | 2 << 2, 1, 0, 0, 0, 0, '!');
        assertThat(new String(text, StandardCharsets.US_ASCII)).isEqualTo("abcabcabcabcabbbb!");

        int[] block = new int[3 + 70];
        block[0] = 70;
        block[1] = 60 << 2; // the length is in the next byte
        block[2] = 69;
        java.util.Arrays.fill(block, 3, block.length, 'x');
        assertThat(unpack(block)).hasSize(70).containsOnly('x');
    }

    @Test
    void damagedBlocksAreRefused() {
        assertThatThrownBy(() -> unpack(4, 1, 9)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> unpack(4, 1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> unpack(9, 8 << 2, 'a')).isInstanceOf(BufferUnderflowException.class);
        assertThatThrownBy(() -> unpack(0xff, 0xff, 0xff, 0xff, 0x7f)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
