package io.tfcluster.examples.objectfeatures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.examples.common.ExampleException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BinaryCodeTest {

    @Test
    void thresholdIsTheMedianOfEachFeature() {
        BinaryCode code = BinaryCode.medians(List.of(
                new float[] {1, 9}, new float[] {2, 8}, new float[] {3, 7}, new float[] {4, 6}, new float[] {5, 5}));

        assertThat(code.encode(new float[] {3, 7})).containsExactly(0);
        assertThat(code.encode(new float[] {3.5f, 7})).containsExactly(1);
        assertThat(code.encode(new float[] {3, 8})).containsExactly(2);
        assertThat(code.sample()).isEqualTo(5);
    }

    @Test
    void eachBitPartsTheSampleInHalves() {
        Random random = new Random(1);
        List<float[]> sample = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            float[] features = new float[20];
            for (int j = 0; j < features.length; j++) {
                features[j] = (float) random.nextGaussian() * j + j;
            }
            sample.add(features);
        }

        BinaryCode code = BinaryCode.medians(sample);

        for (int bit = 1; bit < 20; bit++) {
            int at = bit;
            assertThat(sample.stream()
                            .filter(features -> ((code.encode(features)[at / 8] >> (at % 8)) & 1) == 1)
                            .count())
                    .as("bit %d", bit)
                    .isEqualTo(500);
        }
    }

    @Test
    void featureThatMostPicturesLackTellsWhoHasIt() {
        BinaryCode code = BinaryCode.medians(List.of(new float[] {0}, new float[] {0}, new float[] {0.2f}));

        assertThat(code.encode(new float[] {0})).containsExactly(0);
        assertThat(code.encode(new float[] {0.1f})).containsExactly(1);
    }

    @Test
    void thresholdsComeBackAsTheyWereWritten() {
        BinaryCode code = BinaryCode.medians(List.of(new float[] {0.1f, -3e-8f, 7}, new float[] {0.3f, 1e9f, 8}));

        BinaryCode again = BinaryCode.fromJson(code.toJson());

        assertThat(again.bits()).isEqualTo(3);
        assertThat(again.sample()).isEqualTo(2);
        for (float[] features : List.of(new float[] {0.1f, 0, 7}, new float[] {0.10000001f, -4e-8f, 7.5f})) {
            assertThat(again.encode(features)).isEqualTo(code.encode(features));
        }
    }

    @Test
    void otherNumberOfFeaturesIsAnErrorWithBothNumbers() {
        BinaryCode code = BinaryCode.medians(List.of(new float[] {1, 2}));

        assertThatThrownBy(() -> code.encode(new float[] {1, 2, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 bits")
                .hasMessageContaining("3 features");
    }

    @Test
    void changedFileIsNoStackTrace() {
        assertThatThrownBy(() -> BinaryCode.fromJson("{}")).isInstanceOf(ExampleException.class);
        assertThatThrownBy(() -> BinaryCode.fromJson("}")).isInstanceOf(ExampleException.class);
    }
}
