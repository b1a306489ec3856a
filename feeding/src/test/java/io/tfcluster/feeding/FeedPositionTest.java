package io.tfcluster.feeding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FeedPositionTest {
    private static final String EXAMPLE =
            "{\"feed\":\"train\",\"node\":\"worker:0\",\"ended\":2,\"epochs\":{\"2\":{\"partitions\":37,\"done\":"
                    + "{\"0\":[0,400],\"3\":[0,17,3,11]}}}}";

    private static FeedPosition random(Random random, long ended) {
        SortedMap<Long, FeedPosition.Epoch> epochs = new TreeMap<>();
        for (long epoch = ended; epoch < ended + random.nextInt(3); epoch++) {
            SortedMap<Integer, RowRanges> done = new TreeMap<>();
            for (int partition = 0; partition < random.nextInt(5); partition++) {
                RowRanges rows = new RowRanges();
                for (int i = 0; i < 1 + random.nextInt(30); i++) {
                    long start = random.nextInt(500);
                    rows.add(start, start + 1 + random.nextInt(20));
                }
                done.put(partition, rows);
            }
            epochs.put(epoch, new FeedPosition.Epoch(random.nextInt(2) * 7, random.nextInt(3), done));
        }
        return new FeedPosition("a \"feed\"\n", "worker:" + random.nextInt(3), false, ended, epochs);
    }

    @Test
    void theExampleSaysWhichRowsAreDone() {
        FeedPosition position = FeedPosition.parse(EXAMPLE);

        assertThat(position.text()).isEqualTo(EXAMPLE);
        assertThat(position.endedEpochs()).isEqualTo(2);
        assertThat(position.epochs()).containsExactly(2L);
        assertThat(position.partitions(2)).isEqualTo(37);
        assertThat(position.rows(2)).isEqualTo(428);
        assertThat(position.done(2).get(3).ranges()).containsEntry(0L, 17L).containsEntry(20L, 31L);
        assertThat(position.done(1)).isEmpty();
    }

    @Test
    void everyPositionSurvivesItsTextAndItsParts() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            FeedPosition position = random(random, random.nextInt(3));
            assertThat(FeedPosition.parse(position.text())).isEqualTo(position);

            List<FeedPosition> parts = position.split(1 + random.nextInt(4));
            FeedPosition whole = FeedPosition.union(List.of(position));
            assertThat(FeedPosition.union(parts)).isEqualTo(whole);
        }
    }

    @Test
    void blanksOtherOrdersAndUnknownFieldsAreRead() {
        String text =
                "{ \"epochs\" : {\"2\":{\"done\":{\"3\":[ 0, 17,3 ,11],\"0\":[0,400]},\n\"partitions\":37, \"new\":{}}},"
                        + "\"later\":true, \"ended\":2,\"node\":\"worker\\u003a0\",\"feed\":\"train\"}";

        assertThat(FeedPosition.parse(text).text()).isEqualTo(EXAMPLE);
    }

    @Test
    void whatNodesHandedOutTogetherIsTheUnion() {
        FeedPosition first = FeedPosition.parse("{\"feed\":\"train\",\"node\":\"a\",\"ended\":1,\"epochs\":"
                + "{\"0\":{\"done\":{\"0\":[5,1]}},\"1\":{\"partitions\":2,\"done\":{\"0\":[0,10],\"1\":[3,2]}}}}");
        FeedPosition second = FeedPosition.parse(
                "{\"feed\":\"train\",\"node\":\"b\",\"ended\":0,\"epochs\":"
                        + "{\"0\":{\"done\":{\"0\":[0,5]}},\"1\":{\"done\":{\"0\":[10,5,10,5]}},\"2\":{\"done\":{\"1\":[0,1]}}}}");

        FeedPosition both = FeedPosition.union(List.of(first, second));

        assertThat(both.text())
                .isEqualTo("{\"feed\":\"train\",\"node\":\"\",\"ended\":1,\"epochs\":{\"1\":{\"partitions\":2,\"done\":"
                        + "{\"0\":[0,15,10,5],\"1\":[3,2]}},\"2\":{\"done\":{\"1\":[0,1]}}}}");
    }

    @Test
    void positionsThatDoNotFitTogetherAreRefused() {
        FeedPosition one = FeedPosition.start("train", 3, 5);

        assertThatThrownBy(() -> FeedPosition.union(List.of(one, FeedPosition.start("other", 3, 5))))
                .hasMessageContaining("two feeds, train and other");
        assertThatThrownBy(() -> FeedPosition.union(List.of(one, FeedPosition.start("train", 3, 6))))
                .hasMessageContaining("5 partitions")
                .hasMessageContaining("6");
        assertThatThrownBy(() -> FeedPosition.union(List.of())).hasMessageContaining("no positions");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "null",
                "12",
                "{\"feed\":\"train\"}",
                "{\"feed\":1,\"epochs\":{}}",
                "{\"feed\":\"train\",\"ended\":-1,\"epochs\":{}}",
                "{\"feed\":\"train\",\"ended\":1.5,\"epochs\":{}}",
                "{\"feed\":\"train\",\"epochs\":{\"x\":{\"done\":{}}}}",
                "{\"feed\":\"train\",\"epochs\":{\"0\":{\"done\":{\"0\":[1]}}}}",
                "{\"feed\":\"train\",\"epochs\":{\"0\":{\"done\":{\"0\":[1,0]}}}}",
                "{\"feed\":\"train\",\"epochs\":{\"0\":{\"done\":{\"0\":[-1,2]}}}}",
                "{\"feed\":\"train\",\"epochs\":{\"0\":{\"done\":{\"0\":[1,9223372036854775807]}}}}",
                "{\"feed\":\"train\",\"epochs\":{\"0\":{\"done\":{\"0\":[0,99999999999999999999]}}}}",
                "{\"feed\":\"train\",\"epochs\":{\"0\":{\"done\":{\"0\":7}}}}",
                "{\"feed\":\"train\",\"epochs\":{\"0\":{}}}",
                "{\"feed\":\"train\",\"epochs\":{}} more",
                "{\"feed\":\"train\",\"feed\":\"train\",\"epochs\":{}}",
                "{\"feed\":\"tr",
                "{\"feed\":\"\\u00",
                "{\"feed\":\"\\q\"}",
                "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
            })
    void anyOtherTextIsRefusedWithAReason(String text) {
        assertThatThrownBy(() -> FeedPosition.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no position of a feed");
    }
}
