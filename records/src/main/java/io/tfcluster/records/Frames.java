package io.tfcluster.records;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one file: length, masked CRC of the length, data, masked CRC of the data, all little-endian. Nothing is allocated on the word
 * of a length that does not fit its CRC, the limit and, where known, the rest of the file.
 */
final class Frames implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    private static final int HEADER = Long.BYTES + Integer.BYTES;
    private static final int FIRST_ALLOCATION = 1 << 20;

    private final long fileBytes;
    private final int limit;
    private final byte[] header = new byte[HEADER];
    private InputStream in;
    private boolean begun;
    private boolean gzip;
    private @Nullable Members members;
    private long offset;

    /** A frame that is not what it should be. */
    static final class Damage extends Exception {
        private final boolean nextCanBeFound;

        Damage(String message, boolean nextCanBeFound) {
            super(message);
            this.nextCanBeFound = nextCanBeFound;
        }

        /** Whether only the data is damaged: its frame tells where the next one begins. */
        boolean nextCanBeFound() {
            return nextCanBeFound;
        }
    }

    /**
     * Takes over the stream.
     *
     * @param fileBytes the length of the file
     * @param limit bytes of the largest record
     */
    Frames(InputStream raw, long fileBytes, int limit) {
        this.in = new BufferedInputStream(raw, BUFFER);
        this.fileBytes = fileBytes;
        this.limit = limit;
    }

    private void begin() throws IOException {
        begun = true;
        if (isGzip(in)) {
            gzip = true;
            members = new Members(new ToItsEnd(in));
            in = members;
        }
    }

    /** By content, not by name. A record of 559,903 bytes begins like a gzip file; that its length fits its CRC tells them apart. */
    private static boolean isGzip(InputStream in) throws IOException {
        in.mark(HEADER);
        byte[] start = in.readNBytes(HEADER);
        in.reset();
        return start.length > 1
                && (start[0] & 0xff) == 0x1f
                && (start[1] & 0xff) == 0x8b
                && !(start.length == HEADER && lengthFitsItsCrc(start));
    }

    private static boolean lengthFitsItsCrc(byte[] header) {
        return littleEndian(header).getInt(Long.BYTES) == MaskedCrc.of(header, 0, Long.BYTES);
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where the next frame begins, counted in uncompressed bytes. */
    long offset() {
        return offset;
    }

    boolean gzip() {
        return gzip;
    }

    /** The next record's data; null at the end of the file. */
    byte @Nullable [] next() throws IOException, Damage {
        if (!begun) {
            begin();
        }
        int read = in.readNBytes(header, 0, HEADER);
        if (read == 0) {
            if (members != null && members.leftSomething()) {
                throw new Damage("bytes follow the gzip stream that are no gzip stream", false);
            }
            return null;
        }
        if (read < HEADER) {
            throw new Damage("the file ends " + read + " bytes into a record's header", false);
        }
        if (!lengthFitsItsCrc(header)) {
            throw new Damage("the CRC of the record's length is wrong" + (offset == 0 ? NO_RECORDS_AT_ALL : ""), false);
        }
        long length = littleEndian(header).getLong(0);
        if (length < 0 || length > limit) {
            throw new Damage(
                    "the record has " + Long.toUnsignedString(length) + " bytes, the limit is " + limit
                            + "; raise maxRecordBytes if that is right",
                    false);
        }
        long rest = fileBytes - offset - HEADER;
        if (!gzip && length + Integer.BYTES > rest) {
            throw new Damage(
                    "the record has " + length + " bytes and a CRC, but the file ends " + rest
                            + " bytes after its header",
                    false);
        }
        byte[] data = data((int) length);
        if (in.readNBytes(header, 0, Integer.BYTES) < Integer.BYTES) {
            throw new Damage("the file ends within the CRC of the record's data", false);
        }
        offset += HEADER + length + Integer.BYTES;
        if (littleEndian(header).getInt(0) != MaskedCrc.of(data, 0, data.length)) {
            throw new Damage("the CRC of the record's " + length + " bytes of data is wrong", true);
        }
        return data;
    }

    private static final String NO_RECORDS_AT_ALL =
            ": this is no TFRecord file, or one that is compressed in another way than by gzip";

    /** A gzip file does not tell its length beforehand: there, memory grows with what has really arrived. */
    private byte[] data(int length) throws IOException, Damage {
        byte[] data = new byte[gzip ? Math.min(length, FIRST_ALLOCATION) : length];
        int filled = 0;
        while (true) {
            filled += in.readNBytes(data, filled, data.length - filled);
            if (filled < data.length) {
                throw new Damage(
                        "the record has " + length + " bytes, but the file ends after " + filled + " of them", false);
            }
            if (filled == length) {
                return data;
            }
            data = Arrays.copyOf(data, (int) Math.min(length, data.length * 2L));
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** All gzip streams of a file, and whether they reach to its end: GZIPInputStream takes a damaged one for garbage and ends without a word. */
    private static final class Members extends GZIPInputStream {
        private static final int TRAILER = 8;
        private final ToItsEnd source;

        Members(ToItsEnd source) throws IOException {
            super(source, BUFFER);
            this.source = source;
        }

        /** To be asked at the end. */
        boolean leftSomething() {
            return source.saidThereIsMore || inf.getRemaining() > TRAILER;
        }
    }

    /**
     * Tells by looking whether there is more. GZIPInputStream asks {@code available()} once at the end of each member whether another one
     * follows, and the streams of some file systems answer 0 though one does: the rest of the file would be lost without a word.
     */
    private static final class ToItsEnd extends FilterInputStream {
        private boolean saidThereIsMore;

        ToItsEnd(InputStream in) {
            super(in);
        }

        @Override
        public int available() throws IOException {
            in.mark(1);
            saidThereIsMore = in.read() >= 0;
            if (saidThereIsMore) {
                in.reset();
            }
            return saidThereIsMore ? Math.max(1, in.available()) : 0;
        }
    }
}
