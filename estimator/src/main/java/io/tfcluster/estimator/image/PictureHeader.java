package io.tfcluster.estimator.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What a picture file says of itself in its first bytes, read before anything is decoded.
 *
 * @param format what it is
 * @param width in pixels as stored, before it is turned upright; 0 where only the decoder knows (TIFF and other rare ones)
 * @param height in pixels as stored; 0 likewise
 * @param components of a JPEG: 1, 3 or 4; 0 for other formats
 * @param adobeTransform of a JPEG's Adobe mark: 0 CMYK or RGB, 1 YCbCr, 2 YCCK; -1 without one
 * @param orientation of Exif, 1 to 8
 * @param profiled whether a JPEG has a colour profile
 * @param complete whether the end of the file is where it should be
 */
record PictureHeader(
        Format format,
        int width,
        int height,
        int components,
        int adobeTransform,
        int orientation,
        boolean profiled,
        boolean complete) {

    /** Those that are looked into here. */
    enum Format {
        JPEG,
        PNG,
        GIF,
        BMP,
        WEBP,
        OTHER
    }

    static final int UPRIGHT = 1;

    private static final int PROFILE_MARKER = 0xE2;
    private static final String PROFILE = "ICC_PROFILE\0";
    private static final int ORIENTATION_TAG = 0x0112;
    private static final long PNG_MAGIC = 0x89504E470D0A1A0AL;

    long pixels() {
        return (long) width * height;
    }

    /** Whether width and height change places when it is turned upright. */
    boolean isTurned() {
        return orientation >= 5;
    }

    /** Reads it; throws {@link BrokenPictureException} where not even that can be read. */
    static PictureHeader read(byte[] file) {
        if (file.length == 0) {
            throw new BrokenPictureException("empty (0 bytes)");
        }
        ByteBuffer in = ByteBuffer.wrap(file);
        try {
            if (file.length < 12) {
                throw new BrokenPictureException("not a picture (" + file.length + " bytes)");
            }
            if (u8(in, 0) == 0xFF && u8(in, 1) == 0xD8) {
                return jpeg(in);
            }
            if (in.getLong(0) == PNG_MAGIC) {
                return png(in);
            }
            ByteBuffer little = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
            if (is(in, 0, "GIF8")) {
                return plain(Format.GIF, u16(little, 6), u16(little, 8));
            }
            if (is(in, 0, "BM")) {
                boolean old = little.getInt(14) < 40;
                return plain(
                        Format.BMP,
                        old ? u16(little, 18) : Math.abs(little.getInt(18)),
                        old ? u16(little, 20) : Math.abs(little.getInt(22)));
            }
            if (is(in, 0, "RIFF") && is(in, 8, "WEBP")) {
                return webp(little);
            }
            return new PictureHeader(Format.OTHER, 0, 0, 0, -1, UPRIGHT, false, true);
        } catch (IndexOutOfBoundsException e) {
            throw new BrokenPictureException("cut off in its header, after " + file.length + " bytes", e);
        }
    }

    /** The file without its colour profile, which the JDK would convert by, slowly, or stumble over. */
    static byte[] withoutProfile(byte[] jpeg) {
        ByteBuffer in = ByteBuffer.wrap(jpeg);
        byte[] out = new byte[jpeg.length];
        out[0] = jpeg[0];
        out[1] = jpeg[1];
        int to = 2;
        int at = 2;
        while (u8(in, at + 1) != 0xDA) {
            int marker = u8(in, at + 1);
            boolean alone = marker == 0xFF || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
            int size = marker == 0xFF ? 1 : alone ? 2 : 2 + u16(in, at + 2);
            if (marker != PROFILE_MARKER || !is(in, at + 4, PROFILE)) {
                System.arraycopy(jpeg, at, out, to, size);
                to += size;
            }
            at += size;
        }
        System.arraycopy(jpeg, at, out, to, jpeg.length - at);
        return Arrays.copyOf(out, to + jpeg.length - at);
    }

    private static PictureHeader plain(Format format, int width, int height) {
        return new PictureHeader(format, width, height, 0, -1, UPRIGHT, false, true);
    }

    private static PictureHeader jpeg(ByteBuffer in) {
        int width = 0;
        int height = 0;
        int components = 0;
        int adobe = -1;
        int orientation = UPRIGHT;
        boolean profiled = false;
        int at = 2;
        while (true) {
            if (u8(in, at) != 0xFF) {
                throw new BrokenPictureException("cannot be decoded (no JPEG marker at byte " + at + ")");
            }
            int marker = u8(in, at + 1);
            if (marker == 0xFF) {
                at++; // filling
                continue;
            }
            if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
                at += 2;
                continue;
            }
            int length = u16(in, at + 2);
            if (marker == 0xDA) {
                break;
            } else if (isFrame(marker)) {
                height = u16(in, at + 5);
                width = u16(in, at + 7);
                components = u8(in, at + 9);
            } else if (marker == 0xE1 && length > 8 && is(in, at + 4, "Exif\0\0")) {
                orientation = exif(in, at + 10, Math.min(in.limit(), at + 2 + length));
            } else if (marker == PROFILE_MARKER && length > 14 && is(in, at + 4, PROFILE)) {
                profiled = true;
            } else if (marker == 0xEE && length >= 14 && is(in, at + 4, "Adobe")) {
                adobe = u8(in, at + 15);
            }
            at += 2 + length;
        }
        if (width == 0 || height == 0) {
            throw new BrokenPictureException("cannot be decoded (a JPEG without a frame header)");
        }
        return new PictureHeader(
                Format.JPEG, width, height, components, adobe, orientation, profiled, endsAfter(in, at));
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    /** Looks for the end mark from behind: there may be something after it, but within the data it cannot occur. */
    private static boolean endsAfter(ByteBuffer in, int from) {
        for (int i = in.limit() - 2; i > from; i--) {
            if (in.get(i) == (byte) 0xFF && in.get(i + 1) == (byte) 0xD9) {
                return true;
            }
        }
        return false;
    }

    private static PictureHeader png(ByteBuffer in) {
        int width = in.getInt(16);
        int height = in.getInt(20);
        if (width < 1 || height < 1) {
            throw new BrokenPictureException("cannot be decoded (a PNG of " + width + " × " + height + ")");
        }
        int orientation = UPRIGHT;
        boolean complete = false;
        long at = 8;
        while (at + 12 <= in.limit()) {
            int chunk = (int) at;
            long length = in.getInt(chunk) & 0xFFFFFFFFL;
            if (is(in, chunk + 4, "IEND")) {
                complete = true;
                break;
            }
            if (is(in, chunk + 4, "eXIf") && at + 8 + length <= in.limit()) {
                orientation = exif(in, chunk + 8, (int) (at + 8 + length));
            }
            at += 12 + length;
        }
        return new PictureHeader(Format.PNG, width, height, 0, -1, orientation, false, complete);
    }

    private static PictureHeader webp(ByteBuffer in) {
        if (is(in, 12, "VP8X")) {
            return plain(Format.WEBP, 1 + (in.getInt(24) & 0xFFFFFF), 1 + (in.getInt(26) >>> 8));
        }
        if (is(in, 12, "VP8L")) {
            int bits = in.getInt(21);
            return plain(Format.WEBP, 1 + (bits & 0x3FFF), 1 + ((bits >>> 14) & 0x3FFF));
        }
        return plain(Format.WEBP, u16(in, 26) & 0x3FFF, u16(in, 28) & 0x3FFF);
    }

    /** The orientation in a TIFF directory; 1 where there is none, or none that makes sense. */
    private static int exif(ByteBuffer file, int from, int to) {
        ByteBuffer in = file.slice(from, to - from);
        in.order(in.limit() > 1 && in.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        if (in.limit() < 10) {
            return UPRIGHT;
        }
        long directory = in.getInt(4) & 0xFFFFFFFFL;
        if (directory + 2 > in.limit()) {
            return UPRIGHT;
        }
        int entries = u16(in, (int) directory);
        for (int i = 0; i < entries; i++) {
            int entry = (int) directory + 2 + i * 12;
            if (entry + 12 > in.limit()) {
                return UPRIGHT;
            }
            if (u16(in, entry) == ORIENTATION_TAG) {
                int value = u16(in, entry + 8);
                return value >= 1 && value <= 8 ? value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    private static int u8(ByteBuffer in, int at) {
        return in.get(at) & 0xFF;
    }

    private static int u16(ByteBuffer in, int at) {
        return in.getShort(at) & 0xFFFF;
    }

    private static boolean is(ByteBuffer in, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (in.get(at + i) != (byte) text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
