package io.tfcluster.examples.flowers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.examples.flowers.PictureDecoder.BrokenPictureException;
import io.tfcluster.examples.flowers.PictureDecoder.Size;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;

class PictureDecoderTest {

    @Test
    void colourIsKeptAndTheSizeOfTheFileIsTold() throws IOException {
        byte[] png = file(filled(BufferedImage.TYPE_INT_RGB, 50, 31, new Color(200, 100, 50)), "png");

        assertThat(PictureDecoder.check(png)).isEqualTo(new Size(50, 31, 3));
        assertThat(pixel(PictureDecoder.decode(png, 8), 17)).containsExactly(200, 100, 50);
    }

    @Test
    void greyStaysAsBrightAsItIs() throws IOException {
        BufferedImage grey = new BufferedImage(20, 20, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 400; i++) {
            grey.getRaster().setSample(i % 20, i / 20, 0, 100);
        }
        byte[] jpeg = file(grey, "jpg");

        assertThat(PictureDecoder.check(jpeg).channels()).isEqualTo(1);
        assertThat(pixel(PictureDecoder.decode(jpeg, 8), 5)[0]).isCloseTo(100, within(2));
    }

    @Test
    void transparentBecomesWhite() throws IOException {
        byte[] png = file(new BufferedImage(16, 16, BufferedImage.TYPE_INT_ARGB), "png");

        assertThat(pixel(PictureDecoder.decode(png, 8), 0)).containsExactly(255, 255, 255);
    }

    @Test
    void fourChannelsOfInkBecomeLight() throws IOException {
        byte[] jpeg = adobeCmyk(255, 0, 0, 255); // no cyan, all magenta, all yellow, no black: red

        assertThat(PictureDecoder.check(jpeg).channels()).isEqualTo(4);
        int[] rgb = pixel(PictureDecoder.decode(jpeg, 8), 9);
        assertThat(rgb[0]).isGreaterThan(240);
        assertThat(rgb[1]).isLessThan(15);
        assertThat(rgb[2]).isLessThan(15);
    }

    @Test
    void halfAFileIsBroken() throws IOException {
        byte[] whole = new FlowerPainter(1).jpeg(Blossom.DAISY, 0);
        byte[] half = Arrays.copyOf(whole, whole.length / 2);

        assertThatThrownBy(() -> PictureDecoder.decode(half, 32)).isInstanceOf(BrokenPictureException.class);
        assertThatThrownBy(() -> PictureDecoder.check(Arrays.copyOf(whole, 40)))
                .isInstanceOf(BrokenPictureException.class);
        assertThatThrownBy(() -> PictureDecoder.check("<html>not found</html>".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("not a picture");
    }

    @Test
    void shrinkingTakesTheMeanOfTheArea() {
        int[] chequered = new int[64 * 64];
        for (int i = 0; i < chequered.length; i++) {
            chequered[i] = (i % 64 + i / 64) % 2 == 0 ? 0xFFFFFF : 0;
        }

        byte[] out = AreaScaler.scale(chequered, 64, 64, 8);

        for (byte value : out) {
            assertThat(value & 0xFF).isBetween(127, 128);
        }
    }

    @Test
    void growingAndUnevenSizesKeepAFlatPictureFlat() {
        int[] flat = new int[5 * 3];
        Arrays.fill(flat, 0x0A141E);

        byte[] out = AreaScaler.scale(flat, 5, 3, 7);

        for (int i = 0; i < 49; i++) {
            assertThat(pixel(out, i)).containsExactly(10, 20, 30);
        }
    }

    private static int[] pixel(byte[] rgb, int index) {
        return new int[] {rgb[index * 3] & 0xFF, rgb[index * 3 + 1] & 0xFF, rgb[index * 3 + 2] & 0xFF};
    }

    private static BufferedImage filled(int type, int width, int height, Color color) {
        BufferedImage image = new BufferedImage(width, height, type);
        Graphics2D g = image.createGraphics();
        g.setColor(color);
        g.fillRect(0, 0, width, height);
        g.dispose();
        return image;
    }

    private static byte[] file(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    /** A JPEG of four channels as Adobe's programs write it: 255 is no ink. */
    private static byte[] adobeCmyk(int... light) throws IOException {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 4, null);
        for (int i = 0; i < 256; i++) {
            raster.setPixel(i % 16, i / 16, light);
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            IIOMetadata none = null;
            writer.write(none, new IIOImage(raster, null, none), writer.getDefaultWriteParam());
        } finally {
            writer.dispose();
        }
        byte[] jpeg = bytes.toByteArray();
        ByteArrayOutputStream marked = new ByteArrayOutputStream();
        marked.write(jpeg, 0, 2);
        marked.write(new byte[] {(byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});
        marked.write(jpeg, 2, jpeg.length - 2);
        return marked.toByteArray();
    }
}
