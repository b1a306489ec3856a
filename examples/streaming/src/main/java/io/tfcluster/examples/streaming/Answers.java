package io.tfcluster.examples.streaming;

import static org.apache.spark.ml.functions.vector_to_array;
import static org.apache.spark.sql.functions.array_max;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import io.tfcluster.estimator.TFModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Makes answers of messages: the columns topic, partition, offset, timestamp and key of the message, and {@code answer}, a JSON object. */
final class Answers {
    static final String LABEL = "label";
    static final String SCORES = "_scores";
    static final String VERSION = "version";

    private Answers() {}

    /** Returns the messages of a topic as they come: {@code _message} with where each is from, and {@code _value}. */
    static Dataset<Row> messages(SparkSession spark, Brokers brokers, String topic, long mostPerBatch) {
        long limit = brokers.limitMillis();
        return spark.readStream()
                .format("kafka")
                .option("kafka.bootstrap.servers", brokers.addresses())
                .option("subscribe", topic)
                .option("startingOffsets", "earliest")
                .option("maxOffsetsPerTrigger", mostPerBatch)
                .option("kafka.isolation.level", "read_committed")
                .option("kafka.request.timeout.ms", limit / 2)
                .option("kafka.default.api.timeout.ms", limit)
                .option("kafkaConsumer.pollTimeoutMs", limit)
                .option("fetchOffset.numRetries", 1)
                .load()
                .select(
                        struct(col("topic"), col("partition"), col("offset"), col("timestamp"), col("key"))
                                .as("_message"),
                        col("value").as("_value"));
    }

    /**
     * Asks the model for whole batches.
     *
     * @param rows with {@code _message}, {@code _error}, and the model's columns
     * @param labelled whether the answer is the model's label and its probability, instead of the model's outputs
     */
    static Dataset<Row> byStage(Dataset<Row> rows, TFModel model, boolean labelled) {
        Dataset<Row> answered = model.transform(rows);
        List<String> made = new ArrayList<>(Arrays.asList(answered.columns()));
        made.removeAll(Arrays.asList(rows.columns()));
        if (labelled) {
            answered = answered.withColumn("score", array_max(vector_to_array(col(SCORES), "float32")));
            made.retainAll(List.of(LABEL, VERSION));
            made.add("score");
        }
        return json(answered, made);
    }

    /**
     * Asks the model row by row, where a query wants it.
     *
     * @param expressions in SQL, of the rows' columns and the function {@code model}, each with a name: {@code model(x) as y}
     */
    static Dataset<Row> byFunction(Dataset<Row> rows, TFModel model, List<String> expressions) {
        TFModel.registerUdf(rows.sparkSession(), "model", model);
        List<String> all = new ArrayList<>(List.of("_message", "_error"));
        all.addAll(expressions);
        Dataset<Row> answered = rows.selectExpr(all.toArray(new String[0]));
        List<String> made = new ArrayList<>(Arrays.asList(answered.columns()));
        made.removeAll(List.of("_message", "_error"));
        return json(answered, made);
    }

    private static Dataset<Row> json(Dataset<Row> answered, List<String> made) {
        Column[] columns = made.stream().map(name -> col("`" + name + "`")).toArray(Column[]::new);
        Column answer = when(col("_error").isNull(), to_json(struct(columns)))
                .otherwise(to_json(struct(col("_error").as("error"))));
        return answered.select(col("_message.*"), answer.as("answer"));
    }
}
