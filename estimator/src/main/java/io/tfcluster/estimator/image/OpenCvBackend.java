package io.tfcluster.estimator.image;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * OpenCV. JPEGs of one and three channels, PNG and WebP are its own; what it does not decode as the JDK does (four channels of ink, GIF,
 * BMP, TIFF) is left to the JDK. JPEGs that are much larger than needed are decoded at a half, a quarter or an eighth of their size.
 */
final class OpenCvBackend implements ImageBackend {

    static final String NAME = "opencv";

    /** What is left after decoding is at least so many times larger than the target. */
    private static final double KEEP = 2;

    private OpenCvBackend() {}

    /** Loads the natives; a LinkageError or a RuntimeException tells why not. */
    static ImageBackend load() {
        Loader.load(opencv_imgcodecs.class);
        Loader.load(opencv_imgproc.class);
        opencv_core.setNumThreads(1); // Spark's tasks are the threads
        return new OpenCvBackend();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Pixels decode(byte[] file, PictureHeader header, DecodeLimits limits) {
        limits.check(header.width(), header.height());
        boolean jpeg = header.format() == PictureHeader.Format.JPEG;
        boolean mine = jpeg
                ? header.components() == 1 || header.components() == 3
                : header.format() == PictureHeader.Format.PNG || header.format() == PictureHeader.Format.WEBP;
        if (!mine) {
            return ImageIoBackend.INSTANCE.decode(file, header, limits);
        }
        if (!header.complete()) {
            throw new BrokenPictureException("cut off before its end"); // OpenCV would fill the rest with grey
        }
        int flags = jpeg
                ? reduced(limits.shrink()) | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION
                : opencv_imgcodecs.IMREAD_UNCHANGED;
        try (BytePointer bytes = new BytePointer(file);
                Mat encoded = new Mat(1, file.length, CV_8UC1, bytes);
                Mat picture = opencv_imgcodecs.imdecode(encoded, flags)) {
            if (picture.empty()) {
                throw new BrokenPictureException("cannot be decoded (OpenCV gives no reason)");
            }
            return pixels(picture);
        } catch (BrokenPictureException e) {
            throw e;
        } catch (RuntimeException e) { // what a C++ exception becomes
            throw BrokenPictureException.undecodable(e);
        }
    }

    private static int reduced(double shrink) {
        if (shrink >= 8 * KEEP) {
            return opencv_imgcodecs.IMREAD_REDUCED_COLOR_8;
        }
        if (shrink >= 4 * KEEP) {
            return opencv_imgcodecs.IMREAD_REDUCED_COLOR_4;
        }
        return shrink >= 2 * KEEP ? opencv_imgcodecs.IMREAD_REDUCED_COLOR_2 : opencv_imgcodecs.IMREAD_COLOR;
    }

    private static Pixels pixels(Mat picture) {
        int count = picture.cols() * picture.rows();
        int channels = picture.channels();
        if (picture.depth() != CV_8U && picture.depth() != CV_16U) {
            throw new BrokenPictureException("cannot be decoded (its samples are neither 8 nor 16 bits)");
        }
        int[] order = channels < 3 ? new int[] {0, 0, 0} : new int[] {2, 1, 0};
        byte[] samples = new byte[count * channels];
        if (picture.depth() == CV_8U) {
            picture.data().get(samples);
        } else {
            byte[] wide = new byte[2 * samples.length];
            picture.data().get(wide);
            ByteBuffer shorts = ByteBuffer.wrap(wide).order(ByteOrder.nativeOrder());
            for (int i = 0; i < samples.length; i++) {
                samples[i] = Samples.eightOfSixteen(shorts.getShort(2 * i) & 0xFFFF);
            }
        }
        if (channels == Pixels.CHANNELS) {
            return new Pixels(picture.cols(), picture.rows(), samples);
        }
        // Grey, or with alpha as the last of 4 channels.
        return Samples.toPixels(
                picture.cols(), picture.rows(), channels, order, channels == 4 ? 3 : -1, i -> samples[i] & 0xFF);
    }

    @Override
    public Pixels resize(Pixels in, int width, int height, ResizeFilter filter) {
        if ((width == in.width() && height == in.height()) || filter == ResizeFilter.NEAREST) {
            return Resampler.resize(in, width, height, filter); // OpenCV rounds to a neighbour of its own
        }
        try (BytePointer bytes = new BytePointer(in.bgr());
                Mat from = new Mat(in.height(), in.width(), CV_8UC3, bytes);
                Mat to = new Mat()) {
            boolean smaller = width <= in.width() && height <= in.height();
            boolean larger = width >= in.width() && height >= in.height();
            if (filter != ResizeFilter.AREA || smaller || larger) {
                resize(
                        from,
                        to,
                        width,
                        height,
                        filter == ResizeFilter.AREA && !smaller ? ResizeFilter.BILINEAR : filter);
            } else {
                // OpenCV gives up the area where one side grows; so first the side that shrinks, then the other.
                try (Mat between = new Mat()) {
                    resize(from, between, Math.min(width, in.width()), Math.min(height, in.height()), filter);
                    resize(between, to, width, height, ResizeFilter.BILINEAR);
                }
            }
            byte[] out = new byte[width * height * Pixels.CHANNELS];
            to.data().get(out);
            return new Pixels(width, height, out);
        }
    }

    private static void resize(Mat from, Mat to, int width, int height, ResizeFilter filter) {
        int interpolation = switch (filter) {
            case NEAREST -> opencv_imgproc.INTER_NEAREST_EXACT;
            case BILINEAR -> opencv_imgproc.INTER_LINEAR;
            case BICUBIC -> opencv_imgproc.INTER_CUBIC;
            case AREA -> opencv_imgproc.INTER_AREA;
        };
        try (Size size = new Size(width, height)) {
            opencv_imgproc.resize(from, to, size, 0, 0, interpolation);
        }
    }

    @Override
    public byte[] jpeg(Pixels in, int quality) {
        try (BytePointer bytes = new BytePointer(in.bgr());
                Mat picture = new Mat(in.height(), in.width(), CV_8UC3, bytes);
                BytePointer out = new BytePointer();
                IntPointer options = new IntPointer(opencv_imgcodecs.IMWRITE_JPEG_QUALITY, quality)) {
            if (!opencv_imgcodecs.imencode(".jpg", picture, out, options)) {
                throw new BrokenPictureException("cannot be written as JPEG (OpenCV gives no reason)");
            }
            byte[] file = new byte[Math.toIntExact(out.limit())];
            out.get(file);
            return file;
        }
    }
}
