package io.tfcluster.examples.flowers;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** From the bytes of a picture file (JPEG, PNG, GIF, BMP) to S × S × 3 bytes of RGB. Grey, CMYK and transparent pictures included. */
final class PictureDecoder {

    /** Above this, pixels are left out while reading, so that no picture takes more than about 64 MB. */
    private static final long MAX_PIXELS = 16_000_000;

    private PictureDecoder() {}

    /** What the file is made of. */
    record Size(int width, int height, int channels) {}

    /** The picture in TYPE_INT_RGB, and what it was in the file; a picture of giant size comes thinned out. */
    record Decoded(BufferedImage image, Size size) {}

    /** Thrown for a file that is no picture, or half of one; the message is the reason alone, as it is counted. */
    static final class BrokenPictureException extends RuntimeException {
        BrokenPictureException(String reason, Throwable cause) {
            super(reason, cause);
        }

        BrokenPictureException(String reason) {
            super(reason);
        }
    }

    static {
        ImageIO.setUseCache(false); // no temporary files
    }

    /** Decodes everything and keeps nothing: whether the picture can be used. */
    static Size check(byte[] file) {
        return read(file).size();
    }

    /**
     * Decodes, cuts the largest square out of the middle and scales it; every pixel counts by the area it covers, so there is no
     * aliasing.
     *
     * @return size × size × 3 bytes, rows from top to bottom, red green blue
     */
    static byte[] decode(byte[] file, int size) {
        BufferedImage image = read(file).image();
        int side = Math.min(image.getWidth(), image.getHeight());
        int left = (image.getWidth() - side) / 2;
        int top = (image.getHeight() - side) / 2;
        int[] pixels = image.getRGB(left, top, side, side, new int[side * side], 0, side);
        return AreaScaler.scale(pixels, side, side, size);
    }

    /** A smaller JPEG of the whole picture for people to look at, its longer side at most so many pixels. */
    static byte[] thumbnail(byte[] file, int longest) {
        BufferedImage image = read(file).image();
        double factor = Math.min(1, (double) longest / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = small.createGraphics();
        g.drawImage(image.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING), 0, 0, null);
        g.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(small, "jpg", out);
        } catch (IOException e) {
            throw new BrokenPictureException("cannot be made smaller", e);
        }
        return out.toByteArray();
    }

    private static Decoded read(byte[] file) {
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(file))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new BrokenPictureException("not a picture (JPEG, PNG, GIF or BMP)");
            }
            ImageReader reader = readers.next();
            try {
                return read(reader, in, file);
            } finally {
                reader.dispose();
            }
        } catch (IOException e) {
            throw new BrokenPictureException("cannot be decoded", e);
        } catch (BrokenPictureException e) {
            throw e;
        } catch (RuntimeException e) { // readers of the JDK answer broken files with all kinds of these
            throw new BrokenPictureException("cannot be decoded", e);
        }
    }

    private static Decoded read(ImageReader reader, ImageInputStream in, byte[] file) throws IOException {
        reader.setInput(in, true, true);
        StringBuilder warnings = new StringBuilder();
        reader.addIIOReadWarningListener((source, warning) -> warnings.append(warning.toLowerCase(Locale.ROOT)));
        ImageReadParam param = reader.getDefaultReadParam();
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MAX_PIXELS) {
            int step = (int) Math.ceil(Math.sqrt((double) pixels / MAX_PIXELS));
            param.setSourceSubsampling(step, step, 0, 0);
        }
        BufferedImage image;
        int channels;
        try {
            BufferedImage asIs = reader.read(0, param);
            channels = asIs.getColorModel().getNumComponents();
            image = rgb(asIs);
        } catch (IIOException e) {
            if (!reader.canReadRaster()
                    || !String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("unsupported image type")) {
                throw e;
            }
            channels = 4;
            image = Cmyk.rgb(reader.readRaster(0, param), file);
        }
        if (warnings.indexOf("premature end") >= 0) {
            throw new BrokenPictureException("cut off before its end");
        }
        return new Decoded(image, new Size(reader.getWidth(0), reader.getHeight(0), channels));
    }

    private static BufferedImage rgb(BufferedImage image) {
        BufferedImage out = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        if (image.getType() == BufferedImage.TYPE_BYTE_GRAY) {
            // Drawing would take grey for linear light and brighten it.
            Raster grey = image.getRaster();
            int[] to = ((DataBufferInt) out.getRaster().getDataBuffer()).getData();
            int[] from = grey.getSamples(0, 0, image.getWidth(), image.getHeight(), 0, new int[to.length]);
            for (int i = 0; i < to.length; i++) {
                to[i] = from[i] * 0x010101;
            }
            return out;
        }
        Graphics2D g = out.createGraphics();
        g.drawImage(image, 0, 0, Color.WHITE, null);
        g.dispose();
        return out;
    }

    /** JPEGs of four channels, which the JDK reads but does not convert. */
    private static final class Cmyk {
        static BufferedImage rgb(Raster raster, byte[] file) throws IOException {
            if (raster.getNumBands() != 4) {
                throw new IOException("pictures of " + raster.getNumBands() + " channels are not known here");
            }
            int transform = adobeTransform(file);
            BufferedImage out = new BufferedImage(raster.getWidth(), raster.getHeight(), BufferedImage.TYPE_INT_RGB);
            int[] cell = new int[4];
            for (int y = 0; y < raster.getHeight(); y++) {
                for (int x = 0; x < raster.getWidth(); x++) {
                    raster.getPixel(raster.getMinX() + x, raster.getMinY() + y, cell);
                    double c = cell[0];
                    double m = cell[1];
                    double w = cell[2];
                    if (transform == 2) { // YCCK: the first three are YCbCr of the inverted colours
                        double cb = cell[1] - 128.0;
                        double cr = cell[2] - 128.0;
                        c = cell[0] + 1.402 * cr;
                        m = cell[0] - 0.344136 * cb - 0.714136 * cr;
                        w = cell[0] + 1.772 * cb;
                    }
                    double k = cell[3];
                    if (transform < 0) { // without Adobe's mark ink counts from 0 = none
                        c = 255 - c;
                        m = 255 - m;
                        w = 255 - w;
                        k = 255 - k;
                    }
                    out.setRGB(x, y, mix(c, k) << 16 | mix(m, k) << 8 | mix(w, k));
                }
            }
            return out;
        }

        private static int mix(double light, double key) {
            return (int) Math.max(0, Math.min(255, light * key / 255));
        }

        /** The transform of the Adobe marker (0 CMYK, 2 YCCK), or -1 without one. */
        private static int adobeTransform(byte[] file) {
            for (int i = 2; i + 15 < file.length && (file[i] & 0xFF) == 0xFF; ) {
                int marker = file[i + 1] & 0xFF;
                int length = ((file[i + 2] & 0xFF) << 8) | (file[i + 3] & 0xFF);
                if (marker == 0xEE && length >= 14 && file[i + 4] == 'A' && file[i + 5] == 'd') {
                    return file[i + 15] & 0xFF;
                }
                if (marker == 0xDA) {
                    return -1;
                }
                i += 2 + length;
            }
            return -1;
        }
    }
}
