package io.tfcluster.estimator.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ImageChainTest {

    private static final ImageChain FULL = ImageChain.decode()
            .resizeShorterSide(40, ResizeFilter.BILINEAR)
            .resize(50, 40)
            .centreCrop(48, 36)
            .randomCrop(32, 30)
            .randomFlip(0.25)
            .colourJitter(0.1, 0.2, 0.3)
            .scale(-1, 1)
            .normalise(new double[] {0.5, 0.25, 0}, new double[] {1, 2, 0.5})
            .order(ChannelOrder.BGR);

    private static Pixels run(ImageChain chain, byte[] file, long seed) {
        return new ChainRunner(chain, ImageIoBackend.INSTANCE, 1_000_000, true).file(file, new SplittableRandom(seed));
    }

    private static Pixels pixel(int red, int green, int blue) {
        return new Pixels(1, 1, new byte[] {(byte) blue, (byte) green, (byte) red});
    }

    @Test
    void jsonGivesTheSameChainAgain() {
        ImageChain again = ImageChain.fromJson(FULL.toJson());

        assertThat(again).isEqualTo(FULL).hasSameHashCodeAs(FULL);
        assertThat(again.toJson()).isEqualTo(FULL.toJson());
        assertThat(ImageChain.decode().centreCrop(3, 4).toJson())
                .isEqualTo("[{\"step\":\"centreCrop\",\"width\":3,\"height\":4}]");
        assertThat(ImageChain.fromJson("[]")).isEqualTo(ImageChain.decode());
        assertThat(ImageChain.decode().randomFlip())
                .isNotEqualTo(ImageChain.decode().randomFlip(0.4));
    }

    @Test
    void jsonThatIsNoChainTellsWhatIsWrong() {
        assertThatThrownBy(() -> ImageChain.fromJson("[{\"step\":\"sharpen\"}]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sharpen")
                .hasMessageContaining("centreCrop");
        assertThatThrownBy(() -> ImageChain.fromJson("[{\"step\":\"centreCrop\",\"width\":3}]"))
                .hasMessageContaining("centreCrop height must be 1 to 16384 pixels, got 0");
        assertThatThrownBy(() -> ImageChain.fromJson("[{\"step\":\"resize\",\"width\":3,\"height\":3}]"))
                .hasMessageContaining("resize needs \"filter\"");
        assertThatThrownBy(() -> ImageChain.fromJson("{")).hasMessageContaining("no chain of picture steps");
    }

    @Test
    void valuesThatCannotBeAreRefused() {
        ImageChain chain = ImageChain.decode();
        assertThatThrownBy(() -> chain.resize(0, 5)).hasMessageContaining("resize width must be 1 to 16384");
        assertThatThrownBy(() -> chain.randomFlip(1.5)).hasMessageContaining("0 to 1, got 1.5");
        assertThatThrownBy(() -> chain.colourJitter(-1, 0, 0)).hasMessageContaining("0 or more");
        assertThatThrownBy(() -> chain.scale(1, 1)).hasMessageContaining("from below to");
        assertThatThrownBy(() -> chain.normalise(new double[] {1, 2}, new double[] {1, 2}))
                .hasMessageContaining("one mean and one std, or three");
        assertThatThrownBy(() -> chain.normalise(new double[] {1}, new double[] {0}))
                .hasMessageContaining("above 0");
        assertThatThrownBy(() -> chain.scale(0, 1).resize(3, 3)).hasMessageContaining("put it before them");
        assertThatThrownBy(() -> chain.order(ChannelOrder.RGB).order(ChannelOrder.BGR))
                .hasMessageContaining("has an order of channels already");
        assertThatThrownBy(
                        () -> chain.order(ChannelOrder.GREY).normalise(new double[] {1, 1, 1}, new double[] {1, 1, 1}))
                .hasMessageContaining("grey");
    }

    @Test
    void theShapeIsKnownWhereItIsFixed() {
        assertThat(ImageChain.decode().outputShape()).isEmpty();
        assertThat(ImageChain.decode().resizeShorterSide(5).outputShape()).isEmpty();
        assertThat(ImageChain.decode().resize(7, 5).resizeShorterSide(3).outputShape())
                .isEmpty();
        assertThat(FULL.outputShape()).hasValue(new int[] {30, 32, 3});
        assertThat(ImageChain.decode().resize(7, 5).order(ChannelOrder.GREY).outputShape())
                .hasValue(new int[] {5, 7, 1});
    }

    @Test
    void sizesComeOutAsAsked() {
        byte[] wide = TestPictures.png(101, 50);

        assertThat(run(ImageChain.decode().resizeShorterSide(25), wide, 0).width())
                .isEqualTo(51);
        assertThat(run(ImageChain.decode().resizeShorterSide(25), wide, 0).height())
                .isEqualTo(25);
        Pixels crop = run(ImageChain.decode().centreCrop(21, 10), wide, 0);
        assertThat(TestPictures.rgb(crop, 0, 0)).isEqualTo(TestPictures.rgb(run(ImageChain.decode(), wide, 0), 40, 20));
        assertThatThrownBy(() -> run(ImageChain.decode().centreCrop(21, 51), wide, 0))
                .isInstanceOf(BrokenPictureException.class)
                .hasMessageContaining("smaller than the crop (101 × 50 of 21 × 51; resize before)");
    }

    @Test
    void shrinkingTakesTheMeanOfTheArea() {
        byte[] bgr = new byte[64 * 64 * 3];
        for (int i = 0; i < 64 * 64; i++) {
            Arrays.fill(bgr, 3 * i, 3 * i + 3, (byte) ((i % 64 + i / 64) % 2 == 0 ? 255 : 0));
        }

        for (byte value : Resampler.resize(new Pixels(64, 64, bgr), 8, 8, ResizeFilter.AREA)
                .bgr()) {
            assertThat(value & 0xFF).isBetween(127, 128);
        }
    }

    @Test
    void flatPicturesStayFlatWhateverTheFilter() {
        byte[] bgr = new byte[5 * 3 * 3];
        for (int i = 0; i < bgr.length; i++) {
            bgr[i] = (byte) (10 + i % 3);
        }
        for (ResizeFilter filter : ResizeFilter.values()) {
            Pixels out = Resampler.resize(new Pixels(5, 3, bgr), 7, 2, filter);
            for (int i = 0; i < 14; i++) {
                assertThat(TestPictures.rgb(out, i % 7, i / 7))
                        .as(filter.name())
                        .containsExactly(12, 11, 10);
            }
        }
    }

    @Test
    void whatIsRandomDependsOnTheSeedAlone() {
        byte[] file = TestPictures.png(60, 60);
        ImageChain chain = ImageChain.decode().randomCrop(20, 20).randomFlip().colourJitter(0.4, 0.4, 0.4);

        assertThat(run(chain, file, 5).bgr()).isEqualTo(run(chain, file, 5).bgr());
        long different = 0;
        for (int seed = 0; seed < 20; seed++) {
            different += Arrays.equals(
                            run(chain, file, seed).bgr(),
                            run(chain, file, seed + 1).bgr())
                    ? 0
                    : 1;
        }
        assertThat(different).isGreaterThan(15);
    }

    @Test
    void flipsComeAsOftenAsAsked() {
        byte[] file = TestPictures.png(12, 8);
        byte[] plain = run(ImageChain.decode(), file, 0).bgr();
        SplittableRandom random = new SplittableRandom(3);
        ChainRunner runner =
                new ChainRunner(ImageChain.decode().randomFlip(0.25), ImageIoBackend.INSTANCE, 1_000_000, true);
        int flipped = 0;
        for (int i = 0; i < 1000; i++) {
            flipped += Arrays.equals(plain, runner.file(file, random).bgr()) ? 0 : 1;
        }
        assertThat(flipped).isBetween(200, 300);
    }

    @Test
    void jitterChangesWhatItNames() {
        Pixels two = new Pixels(2, 1, new byte[] {40, 80, 120, 10, 20, 30});

        assertThat(Jitter.apply(two, 1, 1, 1).bgr()).isEqualTo(two.bgr());
        assertThat(TestPictures.rgb(Jitter.apply(two, 2, 1, 1), 0, 0)).containsExactly(240, 160, 80);
        int[] grey = TestPictures.rgb(Jitter.apply(two, 1, 1, 0), 0, 0);
        assertThat(grey[0]).isEqualTo(grey[1]).isEqualTo(grey[2]).isEqualTo(87);
        Pixels flat = Jitter.apply(two, 1, 0, 1);
        assertThat(TestPictures.rgb(flat, 0, 0)).isEqualTo(TestPictures.rgb(flat, 1, 0));
    }

    @Test
    void floatsAreScaledAndNormalisedInTheOrderOfTheChannels() {
        Pixels pixel = pixel(255, 127, 0);
        double[] mean = {0.5, 0.4, 0.3};
        double[] std = {0.1, 0.2, 0.4};

        assertThat(new FloatTable(ImageChain.decode()).floats(pixel)).containsExactly(255, 127, 0);
        assertThat(new FloatTable(ImageChain.decode().scale(-1, 1)).floats(pixel))
                .containsExactly(new float[] {1, -0.003922f, -1}, within(1e-5f));
        float[] rgb = new FloatTable(ImageChain.decode().scale(0, 1).normalise(mean, std)).floats(pixel);
        assertThat(rgb).containsExactly(new float[] {5, 0.490196f, -0.75f}, within(1e-5f));
        float[] before = new FloatTable(
                        ImageChain.decode().scale(0, 1).normalise(mean, std).order(ChannelOrder.BGR))
                .floats(pixel);
        assertThat(before).containsExactly(new float[] {-0.75f, 0.490196f, 5}, within(1e-5f));
        float[] after = new FloatTable(
                        ImageChain.decode().scale(0, 1).order(ChannelOrder.BGR).normalise(mean, std))
                .floats(pixel);
        assertThat(after).containsExactly(new float[] {-5, 0.490196f, 1.75f}, within(1e-5f));
        float[] grey =
                new FloatTable(ImageChain.decode().order(ChannelOrder.GREY).scale(0, 1)).floats(pixel);
        assertThat(grey).hasSize(1);
        assertThat(grey[0]).isCloseTo(151 / 255f, within(1e-5f));
    }

    @Test
    void bytesAndLevelsGiveTheSameFloatsToTheBit() {
        Pixels pixels =
                new Pixels(3, 2, new byte[] {0, 1, 2, -1, -2, -3, 127, -128, 5, 9, 8, 7, 100, 50, 25, 66, 77, 88});
        ImageChain bgr = ImageChain.decode().order(ChannelOrder.BGR).scale(0, 1);
        List<ImageChain> chains = List.of(
                ImageChain.decode().scale(-1, 1),
                bgr.normalise(new double[] {0.1, 0.2, 0.3}, new double[] {0.4, 0.5, 0.6}),
                ImageChain.decode().order(ChannelOrder.GREY).scale(0, 1).normalise(new double[] {0.5}, new double[] {3
                }));
        for (ImageChain chain : chains) {
            float[] floats = new FloatTable(chain).floats(pixels);

            ImageChain plain = chain.withoutFloats();
            byte[] bytes = FloatTable.bytes(pixels, plain.channelOrder());
            float[][] levels = chain.levels();

            assertThat(plain.isFloat()).isFalse();
            float[] looked = new float[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                looked[i] = levels[i % levels.length][bytes[i] & 0xFF];
            }
            assertThat(looked).isEqualTo(floats);
        }
    }
}
