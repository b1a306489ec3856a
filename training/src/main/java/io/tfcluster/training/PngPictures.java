package io.tfcluster.training;

import com.google.protobuf.ByteString;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.Summary;

/** Makes PNG files of a batch of pictures. */
final class PngPictures {
    /** What BufferedImage calls one, two, three and four channels; there is none of two. */
    private static final int[] TYPES = {
        0,
        BufferedImage.TYPE_BYTE_GRAY,
        BufferedImage.TYPE_CUSTOM,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR
    };

    private PngPictures() {}

    /** Returns the first pictures of shape [n, height, width, channels], {@code most} at most. */
    static List<Summary.Image> of(Tensor pictures, int most) {
        Shape shape = pictures.shape();
        boolean floats = pictures.dataType() == DataType.DT_FLOAT;
        if ((!floats && pictures.dataType() != DataType.DT_UINT8) || !fits(shape)) {
            throw new IllegalArgumentException("pictures are uint8 or float32 of shape [n, height, width, channels]"
                    + " with 1, 3 or 4 channels, found " + pictures.dataType() + " " + Shapes.text(shape));
        }
        int height = (int) shape.get(1);
        int width = (int) shape.get(2);
        int channels = (int) shape.get(3);
        ByteBuffer bytes = TensorBytes.of(pictures);
        List<Summary.Image> made = new ArrayList<>();
        for (int i = 0; i < Math.min(most, shape.get(0)); i++) {
            BufferedImage image = new BufferedImage(width, height, TYPES[channels]);
            WritableRaster raster = image.getRaster();
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int band = 0; band < channels; band++) {
                        raster.setSample(
                                x, y, band, floats ? Math.round(255 * unit(bytes.getFloat())) : bytes.get() & 0xff);
                    }
                }
            }
            made.add(Summary.Image.newBuilder()
                    .setHeight(height)
                    .setWidth(width)
                    .setColorspace(channels)
                    .setEncodedImageString(png(image))
                    .build());
        }
        return made;
    }

    /** Whether it is a batch of pictures as far as is known. */
    static boolean fits(Shape shape) {
        if (shape.isUnknown()) {
            return true;
        }
        if (shape.numDimensions() != 4) {
            return false;
        }
        long channels = shape.get(3);
        return channels == 1 || channels == 3 || channels == 4 || channels == Shape.UNKNOWN_SIZE;
    }

    /** NaN becomes 0: black. */
    private static float unit(float value) {
        return value > 0 ? Math.min(value, 1) : 0;
    }

    private static ByteString png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // a stream of our own, because ImageIO would put its cache in a temporary file
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, "png", out)) {
                throw new IllegalStateException("this Java has no writer of PNG files; use a JDK with java.desktop");
            }
        } catch (IOException e) {
            throw new IllegalStateException("a picture could not be written to memory", e);
        }
        return ByteString.copyFrom(bytes.toByteArray());
    }
}
