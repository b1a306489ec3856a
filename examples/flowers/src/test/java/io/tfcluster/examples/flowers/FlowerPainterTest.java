package io.tfcluster.examples.flowers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class FlowerPainterTest {

    private static final int SIZE = 32;
    private static final int TRAIN = Integer.getInteger("flowers.test.train", 700);
    private static final int TEST = 300;

    @Test
    void sameSeedGivesTheSameBytesAndAnotherSeedOthers() {
        byte[] once = new FlowerPainter(7).jpeg(Blossom.ROSES, 3);

        assertThat(new FlowerPainter(7).jpeg(Blossom.ROSES, 3)).isEqualTo(once);
        assertThat(new FlowerPainter(8).jpeg(Blossom.ROSES, 3)).isNotEqualTo(once);
        assertThat(new FlowerPainter(7).jpeg(Blossom.ROSES, 4)).isNotEqualTo(once);
    }

    @Test
    void linearModelOnRawPixelsIsBetterThanChanceButStaysBelow80Percent() {
        FlowerPainter painter = new FlowerPainter(1);
        List<float[]> rows = IntStream.range(0, TRAIN + TEST)
                .parallel()
                .mapToObj(i -> pixels(painter.jpeg(kind(i), i)))
                .toList();
        List<Integer> labels = IntStream.range(0, TRAIN + TEST)
                .mapToObj(i -> i % Blossom.KINDS.size())
                .toList();

        double best = 0;
        List<String> tried = new ArrayList<>();
        for (double decay : new double[] {0, 0.01, 0.1}) {
            SoftmaxRegression model = new SoftmaxRegression(SIZE * SIZE * 3, 5);
            model.fit(rows.subList(0, TRAIN), labels.subList(0, TRAIN), 20, 0.003, decay, 5);
            int right = 0;
            for (int i = TRAIN; i < TRAIN + TEST; i++) {
                right += model.predict(rows.get(i)) == labels.get(i) ? 1 : 0;
            }
            best = Math.max(best, (double) right / TEST);
            tried.add("decay " + decay + ": " + (double) right / TEST);
        }
        System.out.println("softmax regression on drawn pictures: " + tried);

        assertThat(best).as(tried.toString()).isGreaterThan(0.25).isLessThan(0.80);
    }

    private static Blossom kind(int number) {
        return Blossom.KINDS.get(number % Blossom.KINDS.size());
    }

    private static float[] pixels(byte[] jpeg) {
        byte[] rgb = PictureDecoder.decode(jpeg, SIZE);
        float[] out = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            out[i] = (rgb[i] & 0xFF) / 127.5f - 1;
        }
        return out;
    }
}
