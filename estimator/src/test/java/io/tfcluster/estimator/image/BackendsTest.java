package io.tfcluster.estimator.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What both backends must make of pictures of all kinds. */
@Timeout(120)
class BackendsTest {

    private static final long MAX = 1_000_000;

    private static Pixels decode(String backend, byte[] file) {
        return new ChainRunner(ImageChain.decode(), Backends.named(backend), MAX, true)
                .file(file, new SplittableRandom(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void colourAndSizeAreKept(String backend) {
        byte[] png = TestPictures.file(
                TestPictures.filled(BufferedImage.TYPE_INT_RGB, 50, 31, new Color(200, 100, 50)), "png");

        Pixels pixels = decode(backend, png);

        assertThat(pixels.width()).isEqualTo(50);
        assertThat(pixels.height()).isEqualTo(31);
        assertThat(TestPictures.rgb(pixels, 17, 3)).containsExactly(200, 100, 50);
    }

    @ParameterizedTest
    @CsvSource({"imageio,jpg", "opencv,jpg", "imageio,png", "opencv,png", "imageio,bmp", "opencv,bmp"})
    void greyStaysAsBrightAsItIs(String backend, String format) {
        Pixels pixels = decode(backend, TestPictures.file(TestPictures.grey(20, 20, 100), format));

        assertThat(TestPictures.rgb(pixels, 5, 7)).containsExactly(100, 100, 100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void transparentPicturesLieOnWhite(String backend) {
        byte[] clear = TestPictures.file(new BufferedImage(16, 16, BufferedImage.TYPE_INT_ARGB), "png");
        byte[] half = TestPictures.file(
                TestPictures.filled(BufferedImage.TYPE_INT_ARGB, 16, 16, new Color(200, 0, 0, 128)), "png");

        assertThat(TestPictures.rgb(decode(backend, clear), 3, 3)).containsExactly(255, 255, 255);
        int[] rgb = TestPictures.rgb(decode(backend, half), 3, 3);
        assertThat(rgb[0]).isCloseTo(227, within(1));
        assertThat(rgb[1]).isCloseTo(127, within(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void sixteenBitsAreRoundedToEight(String backend) {
        Pixels pixels = decode(backend, TestPictures.deepPng(8, 8, 65_535, 32_768, 300));

        assertThat(TestPictures.rgb(pixels, 2, 2)).containsExactly(255, 128, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void paletteAndAnimationGiveTheFirstPicture(String backend) {
        Pixels pixels = decode(backend, TestPictures.animatedGif());

        assertThat(pixels.width()).isEqualTo(20);
        assertThat(TestPictures.rgb(pixels, 10, 5)).containsExactly(255, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"imageio,0", "opencv,0", "imageio,-1", "opencv,-1", "imageio,2", "opencv,2"})
    void fourChannelsOfInkBecomeLight(String backend, int transform) {
        // No cyan, all magenta, all yellow, no black: red. With Adobe's mark 255 is none; YCCK has it as YCbCr of red.
        byte[] jpeg = switch (transform) {
            case 0 -> TestPictures.ink(0, 255, 0, 0, 255);
            case 2 -> TestPictures.ink(2, 76, 85, 255, 255);
            default -> TestPictures.ink(-1, 0, 255, 255, 0);
        };

        int[] rgb = TestPictures.rgb(decode(backend, jpeg), 9, 9);

        assertThat(rgb[0]).isGreaterThan(240);
        assertThat(rgb[1]).isLessThan(15);
        assertThat(rgb[2]).isLessThan(15);
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void orientationOfExifIsApplied(String backend) {
        byte[] stored = TestPictures.jpeg(40, 24);
        Pixels plain = decode(backend, stored);

        for (int orientation = 1; orientation <= 8; orientation++) {
            Pixels upright = decode(backend, TestPictures.withOrientation(stored, orientation, (orientation & 1) == 0));
            assertThat(upright.bgr())
                    .as("orientation " + orientation)
                    .isEqualTo(plain.oriented(orientation).bgr());
        }
        // Red grows to the right as stored; turned by 90 degrees clockwise it grows downwards.
        Pixels turned = decode(backend, TestPictures.withOrientation(stored, 6, true));
        assertThat(turned.width()).isEqualTo(24);
        assertThat(TestPictures.rgb(turned, 12, 38)[0]).isGreaterThan(230);
        assertThat(TestPictures.rgb(turned, 12, 1)[0]).isLessThan(25);
        assertThat(TestPictures.rgb(turned, 22, 20)[1]).isLessThan(25);
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void colourProfilesAreIgnored(String backend) {
        ColorSpace linear = new ICC_ColorSpace(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB));
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 3, null);
        for (int i = 0; i < 256; i++) {
            raster.setPixel(i % 16, i / 16, new int[] {60, 60, 60});
        }
        ComponentColorModel model =
                new ComponentColorModel(linear, false, false, java.awt.Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
        byte[] jpeg = TestPictures.file(new BufferedImage(model, raster, false, null), "jpg");
        assertThat(new String(jpeg, StandardCharsets.ISO_8859_1)).contains("ICC_PROFILE");

        assertThat(TestPictures.rgb(decode(backend, jpeg), 8, 8)).containsExactly(60, 60, 60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void brokenFilesTellWhy(String backend) {
        byte[] whole = TestPictures.jpeg(320, 240);
        byte[] png = TestPictures.png(64, 48);

        assertBroken(backend, new byte[0], "empty (0 bytes)");
        assertBroken(backend, new byte[] {1, 2, 3}, "not a picture (3 bytes)");
        assertBroken(backend, "<html>not found</html>".getBytes(StandardCharsets.UTF_8), "not a picture");
        assertBroken(backend, Arrays.copyOf(whole, whole.length / 2), "cut off before its end");
        assertBroken(backend, Arrays.copyOf(whole, 40), "cut off");
        assertBroken(backend, Arrays.copyOf(png, png.length / 2), "cut off before its end");
        byte[] noise = png.clone();
        Arrays.fill(noise, 50, png.length - 20, (byte) 7);
        assertThatThrownBy(() -> decode(backend, noise)).isInstanceOf(BrokenPictureException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void hugePicturesAreRefusedBeforeTheyAreDecoded(String backend) {
        assertBroken(backend, TestPictures.promise(100_000, 100_000), "too large (100000 × 100000 pixels");
        assertBroken(backend, TestPictures.png(1001, 1000), "maxPixels is 1000000");
        assertThat(decode(backend, TestPictures.png(1000, 1000)).width()).isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageio", "opencv"})
    void whatIsWrittenAsJpegIsReadAgain(String backend) {
        ImageBackend named = Backends.named(backend);
        Pixels drawn = decode(backend, TestPictures.png(60, 40));

        byte[] good = named.jpeg(drawn, 95);
        byte[] poor = named.jpeg(drawn, 20);

        assertThat(poor.length).isLessThan(good.length);
        long[] differences = TestPictures.differences(drawn, decode("imageio", good));
        assertThat(Arrays.stream(differences, 16, 256).sum()).isLessThan(drawn.bgr().length / 20);
    }

    private static void assertBroken(String backend, byte[] file, String reason) {
        assertThatThrownBy(() -> decode(backend, file))
                .isInstanceOf(BrokenPictureException.class)
                .hasMessageContaining(reason);
    }
}
