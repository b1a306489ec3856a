package io.tfcluster.examples.textclassifier;

import io.tfcluster.estimator.TFEstimator;
import java.util.Map;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.NGram;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Messages as a DataFrame, and the stages that make tokens of them. */
final class Messages {
    static final int VOCABULARY = 1 << 14;
    /** Words and pairs of words of one message that count; longer ones are cut. */
    private static final int LENGTH = 160;

    private static final int WIDTH = 24;

    private Messages() {}

    /** Reads lines of a kind, a tab and a text: columns {@code kind}, {@code text}, and {@code held} for the fifth that is kept for the test. */
    static Dataset<Row> read(SparkSession spark, String file) {
        return spark.read()
                .text(file)
                .selectExpr("split(value, '\\t', 2) as parts")
                .filter("size(parts) = 2")
                .selectExpr("parts[0] as kind", "parts[1] as text")
                // by the text, so that a message that is there twice is on one side only
                .selectExpr("*", "pmod(xxhash64(lower(text)), 5) = 0 as held");
    }

    /** The whole pipeline: digits become 0, then words, pairs of words, numbers for both, the network. */
    static Pipeline pipeline(TFEstimator estimator) {
        estimator
                .setModelFunction(new SpamNetwork(VOCABULARY, WIDTH))
                .setInputMapping(Map.of("tokens", "tokens", "class", "label"))
                .setPredictionCol("prediction")
                .setProbabilityCol("probability");
        return new Pipeline().setStages(new PipelineStage[] {
            new StringIndexer().setInputCol("kind").setOutputCol("class").setStringOrderType("alphabetAsc"),
            new SQLTransformer().setStatement("SELECT *, regexp_replace(text, '[0-9]', '0') AS shaped FROM __THIS__"),
            new RegexTokenizer()
                    .setInputCol("shaped")
                    .setOutputCol("words")
                    .setGaps(false)
                    .setPattern("[a-z']+|0+|[^a-z0\\s]"),
            new NGram().setN(2).setInputCol("words").setOutputCol("pairs"),
            new SQLTransformer().setStatement("SELECT *, concat(words, pairs) AS both FROM __THIS__"),
            new SQLTransformer()
                    .setStatement(
                            "SELECT *, transform(sequence(0, " + (LENGTH - 1) + "), i -> if(i < size(both), 1 + pmod("
                                    + "xxhash64(both[i]), " + (VOCABULARY - 1) + "), 0L)) AS tokens FROM __THIS__"),
            estimator
        });
    }
}
