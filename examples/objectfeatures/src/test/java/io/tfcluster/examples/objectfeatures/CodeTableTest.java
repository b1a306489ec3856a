package io.tfcluster.examples.objectfeatures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tfcluster.examples.objectfeatures.CodeTable.Near;
import io.tfcluster.examples.objectfeatures.CodeTable.Pair;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Search by bands, as above a million codes, against comparing with all, on codes of as many bits as a network has features. */
@Timeout(300)
class CodeTableTest {

    private static final int BITS = 1280;
    private static final int ORIGINALS = 3000;

    /** So few that the table is searched by bands. */
    private static final int FEW = 1000;

    private static final List<byte[]> CODES = new ArrayList<>();

    private static SparkSession spark;
    private static Dataset<Row> features;

    @BeforeAll
    static void makeCodes() {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 4)
                .getOrCreate();
        Random random = new Random(11);
        for (int i = 0; i < ORIGINALS; i++) {
            byte[] code = new byte[BITS / 8];
            random.nextBytes(code);
            CODES.add(code);
        }
        for (int i = 0; i < ORIGINALS; i++) { // copies, the last ones too far from what they were made of
            CODES.add(flipped(CODES.get(i), i * (BITS / 5) / ORIGINALS, random));
        }
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < CODES.size(); i++) {
            rows.add(RowFactory.create(id(i), CODES.get(i)));
        }
        features = spark.createDataFrame(
                        rows,
                        new StructType().add(Pictures.ID, DataTypes.StringType).add(Columns.CODE, DataTypes.BinaryType))
                .repartition(4)
                .cache();
    }

    @AfterAll
    static void stopSpark() {
        spark.stop();
    }

    private static String id(int number) {
        return "picture " + number;
    }

    private static byte[] flipped(byte[] code, int bits, Random random) {
        byte[] other = code.clone();
        Set<Integer> done = new HashSet<>();
        while (done.size() < bits) {
            int bit = random.nextInt(BITS);
            if (done.add(bit)) {
                other[bit / 8] ^= (byte) (1 << (bit % 8));
            }
        }
        return other;
    }

    private static Set<Set<String>> of(List<Pair> pairs) {
        Set<Set<String>> all = new HashSet<>();
        pairs.forEach(pair -> assertThat(all.add(Set.of(pair.first(), pair.second())))
                .as("%s stands there once", pair)
                .isTrue());
        return all;
    }

    @Test
    void pairsByBandsAreThoseOfComparingAllButForTheShareThatIsTold() {
        int distance = BITS * 15 / 100; // as duplicates asks for
        CodeTable exact = new CodeTable(features, BITS, CodeTable.IN_MEMORY);
        CodeTable banded = new CodeTable(features, BITS, FEW);

        Set<Set<String>> all = of(exact.pairs(distance));
        Set<Set<String>> found = of(banded.pairs(distance));

        assertThat(exact.isExact()).isTrue();
        assertThat(exact.missed(distance)).isZero();
        assertThat(banded.isExact()).isFalse();
        assertThat(banded.missed(distance)).isBetween(0.0, 0.01);
        assertThat(all).hasSizeBetween(ORIGINALS * 7 / 10, ORIGINALS * 8 / 10);
        assertThat(all).containsAll(found);
        assertThat((double) found.size() / all.size()).isGreaterThanOrEqualTo(0.99);
    }

    @Test
    void nearestByBandsIsTheNearestOfAllWhereItIsNear() {
        HammingIndex all = new HammingIndex(BITS / 8);
        CODES.forEach(all::add);
        CodeTable banded = new CodeTable(features, BITS, FEW);
        Random random = new Random(12);
        int same = 0;
        int asked = 20;
        for (int i = 0; i < asked; i++) {
            int original = random.nextInt(ORIGINALS);
            byte[] code = flipped(CODES.get(original), 1 + random.nextInt(BITS / 8), random);

            List<Near> nearest = banded.nearest(List.of(code), 3);

            HammingIndex.Hit hit = all.nearest(HammingIndex.words(code), 1).get(0);
            assertThat(nearest).hasSizeLessThanOrEqualTo(3).doesNotHaveDuplicates();
            same += nearest.stream().limit(1).toList().equals(List.of(new Near(id(hit.position()), hit.distance())))
                    ? 1
                    : 0;
        }

        assertThat((double) same / asked).isGreaterThanOrEqualTo(0.99);
        assertThat(banded.nearest(List.of(CODES.get(2007), CODES.get(2008)), 2))
                .as("the nearest to either, each once")
                .extracting(Near::id, Near::distance)
                .containsExactlyInAnyOrder(tuple(id(2007), 0), tuple(id(2008), 0));
    }
}
