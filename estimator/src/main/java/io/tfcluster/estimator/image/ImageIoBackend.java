package io.tfcluster.estimator.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** The JDK's own decoders (JPEG, PNG, GIF, BMP, TIFF), and {@link Resampler}: nothing to install. */
final class ImageIoBackend implements ImageBackend {

    static final String NAME = "imageio";
    static final ImageIoBackend INSTANCE = new ImageIoBackend();

    /**
     * The JDK leaves out pixels without regard to what lies between them; so what is left is at least so many times larger than the
     * target, and the resizing takes the mean of sixteen or more.
     */
    private static final double KEEP = 4;

    private static final int CHANNELS_OF_INK = 4;

    private ImageIoBackend() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Pixels decode(byte[] file, PictureHeader header, DecodeLimits limits) {
        limits.check(header.width(), header.height());
        if (!header.complete()) {
            throw new BrokenPictureException("cut off before its end");
        }
        byte[] plain = header.profiled() ? PictureHeader.withoutProfile(file) : file;
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(plain))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new BrokenPictureException(
                        header.format() == PictureHeader.Format.WEBP
                                ? "a WebP picture, which only the backend opencv decodes"
                                : "not a picture (JPEG, PNG, GIF, BMP or TIFF)");
            }
            ImageReader reader = readers.next();
            try {
                return decode(reader, in, header, limits);
            } finally {
                reader.dispose();
            }
        } catch (BrokenPictureException e) {
            throw e;
        } catch (IOException | RuntimeException e) { // readers of the JDK answer broken files with all kinds of these
            throw BrokenPictureException.undecodable(e);
        }
    }

    private static Pixels decode(ImageReader reader, ImageInputStream in, PictureHeader header, DecodeLimits limits)
            throws IOException {
        reader.setInput(in, true, true);
        limits.check(reader.getWidth(0), reader.getHeight(0)); // what only the decoder knows, and a GIF's frame
        StringBuilder warnings = new StringBuilder();
        reader.addIIOReadWarningListener((source, warning) -> warnings.append(warning.toLowerCase(Locale.ROOT)));
        ImageReadParam param = reader.getDefaultReadParam();
        int step = (int) (limits.shrink() / KEEP);
        if (step > 1) {
            param.setSourceSubsampling(step, step, 0, 0);
        }
        Pixels pixels;
        if (header.components() == CHANNELS_OF_INK) {
            pixels = Ink.toPixels(reader.readRaster(0, param), header.adobeTransform());
        } else {
            pixels = BufferedImages.toPixels(reader.read(0, param));
        }
        if (warnings.indexOf("premature end") >= 0) {
            throw new BrokenPictureException("cut off before its end");
        }
        return pixels;
    }

    @Override
    public Pixels resize(Pixels in, int width, int height, ResizeFilter filter) {
        return Resampler.resize(in, width, height, filter);
    }

    @Override
    public byte[] jpeg(Pixels in, int quality) {
        BufferedImage image = new BufferedImage(in.width(), in.height(), BufferedImage.TYPE_3BYTE_BGR);
        byte[] to = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        System.arraycopy(in.bgr(), 0, to, 0, to.length);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(quality / 100f);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } catch (IOException e) {
            throw new BrokenPictureException("cannot be written as JPEG", e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
