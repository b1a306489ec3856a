package io.tfcluster.records;

import java.util.zip.CRC32C;

/** CRC-32C as TFRecord files hold it: rotated and shifted, since a CRC over bytes that hold CRCs tells little (tensorflow/core/lib/hash/crc32c.h). */
final class MaskedCrc {
    private static final int DELTA = 0xa282ead8;

    private MaskedCrc() {}

    static int of(byte[] bytes, int from, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, count);
        int value = (int) crc.getValue();
        return ((value >>> 15) | (value << 17)) + DELTA;
    }
}
