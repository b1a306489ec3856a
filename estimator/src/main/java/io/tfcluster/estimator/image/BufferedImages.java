package io.tfcluster.estimator.image;

import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;

/** The samples of the JDK's pictures as they are, without its colour management, which brightens grey and is slow. */
final class BufferedImages {

    private static final int[] GREY = {0, 0, 0};
    private static final int[] RGB = {0, 1, 2};

    private BufferedImages() {}

    static Pixels toPixels(BufferedImage image) {
        if (image.getType() == BufferedImage.TYPE_3BYTE_BGR
                && image.getRaster().getDataBuffer() instanceof DataBufferByte bytes
                && bytes.getData().length == image.getWidth() * image.getHeight() * Pixels.CHANNELS) {
            return new Pixels(image.getWidth(), image.getHeight(), bytes.getData()); // nobody else has this picture
        }
        if (!(image.getColorModel() instanceof ComponentColorModel)) {
            return byColour(image); // palettes and packed pixels
        }
        int bands = image.getRaster().getNumBands();
        if (bands > 4) {
            throw new BrokenPictureException("has " + bands + " channels, 1 to 4 are known");
        }
        return bySamples(image, bands);
    }

    private static Pixels byColour(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] bgr = new byte[Math.multiplyExact(Math.multiplyExact(width, height), Pixels.CHANNELS)];
        int[] line = new int[width];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, line, 0, width);
            for (int x = 0; x < width; x++) {
                Samples.put(bgr, y * width + x, line[x]);
            }
        }
        return new Pixels(width, height, bgr);
    }

    private static Pixels bySamples(BufferedImage image, int bands) {
        Raster raster = image.getRaster();
        int width = image.getWidth();
        int height = image.getHeight();
        int[] rgb = bands < 3 ? GREY : RGB;
        int alpha = bands == 2 || bands == 4 ? bands - 1 : -1;
        if (raster.getDataBuffer() instanceof DataBufferByte bytes
                && raster.getSampleModel() instanceof PixelInterleavedSampleModel model
                && model.getScanlineStride() == width * bands
                && model.getPixelStride() == bands
                && bytes.getData().length == width * height * bands) {
            int[] offsets = model.getBandOffsets();
            byte[] data = bytes.getData();
            return Samples.toPixels(
                    width,
                    height,
                    bands,
                    new int[] {offsets[rgb[0]], offsets[rgb[1]], offsets[rgb[2]]},
                    alpha < 0 ? -1 : offsets[alpha],
                    i -> data[i] & 0xFF);
        }
        int[] samples = raster.getPixels(0, 0, width, height, (int[]) null);
        int type = raster.getSampleModel().getDataType();
        if (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT) {
            throw new BrokenPictureException("cannot be decoded (its samples are neither 8 nor 16 bits)");
        }
        boolean wide = type == DataBuffer.TYPE_USHORT;
        return Samples.toPixels(
                width,
                height,
                bands,
                rgb,
                alpha,
                i -> wide ? Samples.eightOfSixteen(samples[i]) & 0xFF : samples[i] & 0xFF);
    }
}
