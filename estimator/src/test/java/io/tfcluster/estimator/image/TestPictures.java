package io.tfcluster.estimator.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Picture files of all kinds, drawn here, and where the real ones are. */
public final class TestPictures {

    private TestPictures() {}

    /** Real pictures lie beside the checkout, if anywhere. */
    static Path data(String name) {
        return Path.of("../../shared/data", name).toAbsolutePath().normalize();
    }

    static List<Path> real(String folder, int most) {
        if (!Files.isDirectory(data(folder))) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(data(folder))) {
            return files.filter(file ->
                            file.toString().endsWith(".jpg") || file.toString().endsWith(".jpeg"))
                    .sorted()
                    .limit(most)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Soft colours that differ from corner to corner, so that turning and mirroring show. */
    static BufferedImage drawn(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int red = 255 * x / Math.max(1, width - 1);
                int green = 255 * y / Math.max(1, height - 1);
                int blue = 128 + (int) (100 * Math.sin(x * 0.2) * Math.cos(y * 0.15));
                image.setRGB(x, y, (red << 16) | (green << 8) | blue);
            }
        }
        return image;
    }

    public static BufferedImage filled(int type, int width, int height, Color color) {
        BufferedImage image = new BufferedImage(width, height, type);
        Graphics2D g = image.createGraphics();
        g.setColor(color);
        g.fillRect(0, 0, width, height);
        g.dispose();
        return image;
    }

    static BufferedImage grey(int width, int height, int level) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < width * height; i++) {
            image.getRaster().setSample(i % width, i / width, 0, level);
        }
        return image;
    }

    public static byte[] file(BufferedImage image, String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            assertThat(ImageIO.write(image, format, out)).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    public static byte[] png(int width, int height) {
        return file(drawn(width, height), "png");
    }

    public static byte[] jpeg(int width, int height) {
        return file(drawn(width, height), "jpg");
    }

    /** Sixteen bits a channel, all pixels alike. */
    public static byte[] deepPng(int width, int height, int red, int green, int blue) {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, width, height, 3, null);
        for (int i = 0; i < width * height; i++) {
            raster.setPixel(i % width, i / width, new int[] {red, green, blue});
        }
        java.awt.color.ColorSpace rgb = java.awt.color.ColorSpace.getInstance(java.awt.color.ColorSpace.CS_sRGB);
        java.awt.image.ColorModel model = new java.awt.image.ComponentColorModel(
                rgb, false, false, java.awt.Transparency.OPAQUE, DataBuffer.TYPE_USHORT);
        return file(new BufferedImage(model, raster, false, null), "png");
    }

    /** A JPEG of four channels as Adobe's programs write it, 255 is no ink; transform 0 is CMYK, 2 YCCK, -1 without Adobe's mark. */
    public static byte[] ink(int transform, int... samples) {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 4, null);
        for (int i = 0; i < 256; i++) {
            raster.setPixel(i % 16, i / 16, samples);
        }
        byte[] jpeg = written("jpg", new IIOImage(raster, null, null));
        byte[] mark = {(byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
        return transform < 0 ? jpeg : inserted(jpeg, mark);
    }

    private static byte[] written(String format, IIOImage... images) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            if (images.length == 1) {
                writer.write(null, images[0], writer.getDefaultWriteParam());
            } else {
                writer.prepareWriteSequence(null);
                for (IIOImage image : images) {
                    writer.writeToSequence(image, null);
                }
                writer.endWriteSequence();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** Two frames, the first red and the second blue. */
    public static byte[] animatedGif() {
        return written(
                "gif",
                new IIOImage(filled(BufferedImage.TYPE_INT_RGB, 20, 10, Color.RED), null, null),
                new IIOImage(filled(BufferedImage.TYPE_INT_RGB, 20, 10, Color.BLUE), null, null));
    }

    /** The JPEG with an Exif segment that says how to turn it. */
    static byte[] withOrientation(byte[] jpeg, int orientation, boolean littleEndian) {
        ByteBuffer exif = ByteBuffer.allocate(36);
        exif.put(new byte[] {(byte) 0xFF, (byte) 0xE1, 0, 34}).put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        exif.order(littleEndian ? java.nio.ByteOrder.LITTLE_ENDIAN : java.nio.ByteOrder.BIG_ENDIAN);
        exif.put((byte) (littleEndian ? 'I' : 'M')).put((byte) (littleEndian ? 'I' : 'M'));
        exif.putShort((short) 42).putInt(8);
        exif.putShort((short) 1).putShort((short) 0x0112).putShort((short) 3).putInt(1);
        exif.putShort((short) orientation).putShort((short) 0).putInt(0);
        return inserted(jpeg, exif.array());
    }

    private static byte[] inserted(byte[] jpeg, byte[] segment) {
        byte[] out = new byte[jpeg.length + segment.length];
        System.arraycopy(jpeg, 0, out, 0, 2);
        System.arraycopy(segment, 0, out, 2, segment.length);
        System.arraycopy(jpeg, 2, out, 2 + segment.length, jpeg.length - 2);
        return out;
    }

    /** A PNG header that promises so much; there is nothing behind it. */
    static byte[] promise(int width, int height) {
        byte[] png = png(4, 4);
        ByteBuffer.wrap(png).putInt(16, width).putInt(20, height);
        return png;
    }

    static int[] rgb(Pixels pixels, int x, int y) {
        int at = (y * pixels.width() + x) * 3;
        return new int[] {pixels.bgr()[at + 2] & 0xFF, pixels.bgr()[at + 1] & 0xFF, pixels.bgr()[at] & 0xFF};
    }

    /** How many bytes differ by 0, 1, 2, … */
    static long[] differences(Pixels a, Pixels b) {
        assertThat(a.width()).isEqualTo(b.width());
        assertThat(a.height()).isEqualTo(b.height());
        long[] counts = new long[256];
        for (int i = 0; i < a.bgr().length; i++) {
            counts[Math.abs((a.bgr()[i] & 0xFF) - (b.bgr()[i] & 0xFF))]++;
        }
        return counts;
    }

    static List<byte[]> read(List<Path> files) {
        List<byte[]> out = new ArrayList<>();
        for (Path file : files) {
            try {
                out.add(Files.readAllBytes(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return out;
    }
}
