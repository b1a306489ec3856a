package io.tfcluster.examples.streaming;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tfcluster.examples.common.ExampleException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Messages that are JSON objects, all like one example: its fields, their types, the lengths of its arrays. One that is not like it gets
 * an error, and the example's values in its place, which the model can be asked for.
 */
final class JsonRows {
    private final String example;
    private final JsonNode node;
    private final StructType schema;

    private JsonRows(String example, JsonNode node, StructType schema) {
        this.example = example;
        this.node = node;
        this.schema = schema;
    }

    /**
     * Reads the example.
     *
     * @throws ExampleException if it is no JSON object with fields
     */
    static JsonRows like(String example, SparkSession spark) {
        JsonNode node;
        try {
            node = new ObjectMapper().readTree(example);
        } catch (JsonProcessingException e) {
            throw new ExampleException("--example is no JSON: " + e.getOriginalMessage() + " in " + example, e);
        }
        if (node == null || !node.isObject() || node.isEmpty()) {
            throw new ExampleException("--example must be a JSON object such as {\"x\": [1, 2, 3]}, got " + example);
        }
        StructType schema = spark.read()
                .json(spark.createDataset(List.of(example), Encoders.STRING()))
                .schema();
        return new JsonRows(example, node, schema);
    }

    /** Returns the rows with the fields as columns, and {@code _error}, null where the message is like the example. */
    Dataset<Row> read(Dataset<Row> messages) {
        Column given = from_json(col("_value").cast("string"), schema);
        Dataset<Row> parsed = messages.withColumn("_given", given);
        List<String> rules = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            rules.add(rule("_given.`" + field.getKey() + "`", field.getValue(), 0));
        }
        Column good = coalesce(expr(String.join(" and ", rules)), lit(false));
        Column row = when(good, col("_given")).otherwise(from_json(lit(example), schema));
        Dataset<Row> checked = parsed.withColumn("_row", row)
                .withColumn("_error", when(good, lit(null).cast("string")).otherwise(lit("not like " + shown())));
        List<Column> columns = new ArrayList<>(List.of(col("_message"), col("_error")));
        for (StructField field : schema.fields()) {
            columns.add(col("_row").getField(field.name()).as(field.name()));
        }
        return checked.select(columns.toArray(new Column[0]));
    }

    private String shown() {
        return example.length() <= 80 ? example : example.substring(0, 77) + "...";
    }

    /** Returns the condition, in SQL, under which a value has the form of the example's. */
    private static String rule(String value, JsonNode like, int depth) {
        String there = value + " is not null";
        if (like.isArray() && !like.isEmpty()) {
            String each = "e" + depth;
            return there + " and size(" + value + ") = " + like.size() + " and forall(" + value + ", " + each + " -> "
                    + rule(each, like.get(0), depth + 1) + ")";
        }
        return there;
    }
}
