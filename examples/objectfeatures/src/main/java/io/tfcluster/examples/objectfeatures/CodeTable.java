package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.Seq;

/**
 * All codes of an output. Up to {@link #IN_MEMORY} they are searched exactly, in this process; more of them by {@link Bands}, as Spark jobs: what
 * agrees with a code in no band is not compared with it.
 */
final class CodeTable {

    static final int IN_MEMORY = 1_000_000;

    private static final String DISTANCE = "distance";

    private final Dataset<Row> codes;
    private final int bits;
    private final long size;
    private final int inMemory;

    /** A picture that was found, and in how many bits its code differs. */
    record Near(String id, int distance) {}

    /** Two pictures that are near. */
    record Pair(String first, String second) {}

    /** The codes in memory, and the ids in the same order. */
    record Loaded(List<String> ids, HammingIndex index) {}

    /**
     * Makes one.
     *
     * @param features rows with id and code
     * @param bits of a code
     * @param inMemory up to so many are held in this process
     */
    CodeTable(Dataset<Row> features, int bits, int inMemory) {
        this.codes = features.select(col(Pictures.ID), col(Columns.CODE));
        this.bits = bits;
        this.size = features.count();
        this.inMemory = inMemory;
    }

    long size() {
        return size;
    }

    boolean isExact() {
        return size <= inMemory;
    }

    /** Reads them all, in the order of their ids. */
    Loaded load() {
        List<String> ids = new ArrayList<>();
        HammingIndex index = new HammingIndex((bits + 7) / 8);
        for (Iterator<Row> rows = codes.orderBy(Pictures.ID).toLocalIterator(); rows.hasNext(); ) {
            Row row = rows.next();
            ids.add(row.getString(0));
            index.add(row.<byte[]>getAs(1));
        }
        return new Loaded(ids, index);
    }

    /**
     * The nearest so many to any of some codes, each once; of more codes than this process holds, those among them that agree in a band.
     */
    List<Near> nearest(List<byte[]> asked, int count) {
        Map<String, Near> best = new HashMap<>();
        Loaded loaded = isExact() ? load() : null;
        for (byte[] code : asked) {
            List<Near> nearest = loaded == null
                    ? byBands(code, count)
                    : loaded.index().nearest(HammingIndex.words(code), count).stream()
                            .map(hit -> new Near(loaded.ids().get(hit.position()), hit.distance()))
                            .toList();
            nearest.forEach(near -> best.merge(near.id(), near, (a, b) -> a.distance() <= b.distance() ? a : b));
        }
        return best.values().stream()
                .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::id))
                .limit(count)
                .toList();
    }

    List<Near> byBands(byte[] code, int count) {
        Bands bands = bands(bits / 8);
        long[] asked = HammingIndex.words(code);
        long[] keys = bands.keys(asked);
        UDF1<byte[], Integer> distance = other -> {
            long[] words = HammingIndex.words(other);
            for (int band = 0; band < keys.length; band++) {
                if (bands.key(words, band) == keys[band]) {
                    return HammingIndex.distance(asked, words);
                }
            }
            return Integer.MAX_VALUE;
        };
        return codes
                .select(
                        col(Pictures.ID),
                        udf(distance, DataTypes.IntegerType)
                                .apply(col(Columns.CODE))
                                .as(DISTANCE))
                .filter(col(DISTANCE).lt(Integer.MAX_VALUE))
                .orderBy(DISTANCE, Pictures.ID)
                .limit(count)
                .collectAsList()
                .stream()
                .map(row -> new Near(row.getString(0), row.getInt(1)))
                .toList();
    }

    /** All pairs at most so far apart, but for the share that {@link #missed} tells. */
    List<Pair> pairs(int distance) {
        if (!isExact()) {
            return pairsByBands(distance);
        }
        Loaded loaded = load();
        return new NearPairs(loaded.index(), bits, NearPairs.EXACT)
                .within(distance).stream()
                        .map(pair ->
                                new Pair(loaded.ids().get(pair[0]), loaded.ids().get(pair[1])))
                        .toList();
    }

    List<Pair> pairsByBands(int distance) {
        Bands bands = bands(distance);
        UDF1<byte[], long[]> keys = code -> bands.keys(HammingIndex.words(code));
        UDF2<byte[], byte[], Integer> apart =
                (a, b) -> HammingIndex.distance(HammingIndex.words(a), HammingIndex.words(b));
        Column key = explode(udf(keys, DataTypes.createArrayType(DataTypes.LongType, false))
                .asNondeterministic()
                .apply(col(Columns.CODE)));
        Dataset<Row> keyed = codes.withColumn("key", key);
        return keyed
                .as("a")
                .join(
                        keyed.as("b"),
                        col("a.key").equalTo(col("b.key")).and(col("a.id").lt(col("b.id"))))
                .filter(udf(apart, DataTypes.IntegerType)
                        .apply(col("a.code"), col("b.code"))
                        .leq(lit(distance)))
                .select(col("a.id"), col("b.id"))
                .distinct()
                .collectAsList()
                .stream()
                .map(row -> new Pair(row.getString(0), row.getString(1)))
                .toList();
    }

    /** The share of pairs, so far apart, that may be missed. */
    double missed(int distance) {
        return isExact() && size <= NearPairs.EXACT ? 0 : bands(distance).missed(distance);
    }

    private Bands bands(int distance) {
        return Bands.of(bits, distance, Math.max(1, size));
    }

    /** An array of floats out of a row. */
    static float[] floats(Row row, int column) {
        Seq<Float> values = row.getSeq(column);
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.apply(i);
        }
        return floats;
    }
}
