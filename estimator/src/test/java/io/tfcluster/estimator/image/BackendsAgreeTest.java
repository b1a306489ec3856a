package io.tfcluster.estimator.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How far ImageIO and OpenCV are apart, on drawn pictures and on real ones. Promised: decoded pixels are equal; resized ones differ by 1 of
 * 255 at most in 99.9% of all values and by 3 nowhere (measured: 1 at most); with subsampling, which leaves out other pixels, by 4 on average.
 */
@Timeout(300)
class BackendsAgreeTest {

    private final ImageBackend imageIo = Backends.named("imageio");
    private final ImageBackend openCv = Backends.named("opencv");

    private Pixels run(ImageBackend backend, ImageChain chain, byte[] file, boolean subsampling) {
        return new ChainRunner(chain, backend, 100_000_000, subsampling).file(file, new SplittableRandom(1));
    }

    private long[] compare(ImageChain chain, List<byte[]> files, boolean subsampling) {
        long[] counts = new long[256];
        for (byte[] file : files) {
            long[] of = TestPictures.differences(
                    run(imageIo, chain, file, subsampling), run(openCv, chain, file, subsampling));
            Arrays.setAll(counts, i -> counts[i] + of[i]);
        }
        return counts;
    }

    private static double mean(long[] counts) {
        double sum = 0;
        for (int i = 0; i < counts.length; i++) {
            sum += (double) i * counts[i];
        }
        return sum / Arrays.stream(counts).sum();
    }

    private static void tell(String what, int pictures, long[] counts) {
        int worst = 255;
        while (worst > 0 && counts[worst] == 0) {
            worst--;
        }
        System.out.printf(
                Locale.ROOT,
                "%s, %d pictures: mean difference %.4f, over 1 in %.4f%%, largest %d%n",
                what,
                pictures,
                mean(counts),
                100.0
                        * Arrays.stream(counts, 2, 256).sum()
                        / Arrays.stream(counts).sum(),
                worst);
    }

    private static List<byte[]> realPictures() {
        List<byte[]> files = new ArrayList<>(TestPictures.read(TestPictures.real("photos", 20)));
        for (String flower : List.of("daisy", "roses", "tulips")) {
            files.addAll(TestPictures.read(TestPictures.real("flowers/" + flower, 20)));
        }
        assumeTrue(!files.isEmpty(), "skipped: there are no real pictures in ../shared/data");
        return files;
    }

    @Test
    void realPicturesAreDecodedAlike() {
        List<byte[]> files = realPictures();

        long[] counts = compare(ImageChain.decode(), files, true);

        tell("decoded", files.size(), counts);
        assertThat(Arrays.stream(counts, 1, 256).sum()).isZero();
    }

    @ParameterizedTest
    @EnumSource(ResizeFilter.class)
    void realPicturesAreResizedAlike(ResizeFilter filter) {
        List<byte[]> files = realPictures();

        for (ImageChain chain : List.of(
                ImageChain.decode().resizeShorterSide(128, filter).centreCrop(112, 112),
                ImageChain.decode().resize(299, 299, filter),
                ImageChain.decode().resize(640, 100, filter))) {
            long[] counts = compare(chain, files, false);

            tell(filter + " " + chain, files.size(), counts);
            assertThat(Arrays.stream(counts, 3, 256).sum()).isZero();
            assertThat((double) Arrays.stream(counts, 0, 2).sum()
                            / Arrays.stream(counts).sum())
                    .isGreaterThan(0.999);
        }
    }

    @Test
    void subsamplingChangesLittle() {
        List<byte[]> files = realPictures();
        ImageChain chain = ImageChain.decode().resizeShorterSide(32).centreCrop(32, 32);
        long[] ofImageIo = new long[256];
        long[] ofOpenCv = new long[256];
        for (byte[] file : files) {
            long[] io = TestPictures.differences(run(imageIo, chain, file, true), run(imageIo, chain, file, false));
            long[] cv = TestPictures.differences(run(openCv, chain, file, true), run(openCv, chain, file, false));
            Arrays.setAll(ofImageIo, i -> ofImageIo[i] + io[i]);
            Arrays.setAll(ofOpenCv, i -> ofOpenCv[i] + cv[i]);
        }

        tell("imageio, subsampled against whole", files.size(), ofImageIo);
        tell("opencv, subsampled against whole", files.size(), ofOpenCv);
        tell("imageio against opencv, both subsampled", files.size(), compare(chain, files, true));
        assertThat(mean(ofImageIo)).isLessThan(4);
        assertThat(mean(ofOpenCv)).isLessThan(4);
        assertThat(mean(compare(chain, files, true))).isLessThan(4);
    }

    @ParameterizedTest
    @EnumSource(ResizeFilter.class)
    void drawnPicturesAreResizedAlike(ResizeFilter filter) {
        List<byte[]> files = List.of(TestPictures.png(61, 47), TestPictures.png(200, 120), TestPictures.jpeg(90, 300));

        for (ImageChain chain : List.of(
                ImageChain.decode().resize(33, 150, filter),
                ImageChain.decode().resizeShorterSide(30, filter),
                ImageChain.decode().resize(400, 20, filter))) {
            long[] counts = compare(chain, files, false);

            tell(filter + " " + chain, files.size(), counts);
            assertThat(Arrays.stream(counts, 3, 256).sum()).isZero();
        }
    }
}
