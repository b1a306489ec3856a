package io.tfcluster.estimator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.param.ParamPair;
import org.apache.spark.ml.param.Params;
import org.apache.spark.package$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * Where a model comes from: what it was trained on, how, with which versions, and how good it was. A value.
 *
 * <p>It lies as {@code provenance.json} in a saved stage, and in the folder {@code assets.extra} of a SavedModel, which TensorFlow leaves to
 * others.
 *
 * <pre>{@code
 * Provenance.of(trainingData.schema(), 2565, estimator, Map.of("accuracy", 0.91)).write("hdfs:///models/flowers", conf);
 * }</pre>
 *
 * @param schema of the rows that it learned from
 * @param rows how many there were, -1 if nobody counted
 * @param params of the stage that trained it, by name, as JSON
 * @param versions of what it was made with
 * @param time when it was made
 * @param metrics by name
 */
public record Provenance(
        StructType schema,
        long rows,
        Map<String, String> params,
        Map<String, String> versions,
        Instant time,
        Map<String, Double> metrics) {
    static final String FILE = "provenance.json";
    private static final String IN_MODEL = "assets.extra/" + FILE;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Copies the maps, sorted by name. */
    public Provenance {
        params = Collections.unmodifiableMap(new TreeMap<>(params));
        versions = Collections.unmodifiableMap(new TreeMap<>(versions));
        metrics = Collections.unmodifiableMap(new TreeMap<>(metrics));
    }

    /**
     * Describes a model that was made now, by these versions.
     *
     * @param stage that trained it; those of its Params that are set or have a default are noted
     */
    public static Provenance of(StructType schema, long rows, Params stage, Map<String, Double> metrics) {
        Map<String, String> params = new LinkedHashMap<>();
        for (ParamPair<?> pair :
                JavaConverters.seqAsJavaList(stage.extractParamMap().toSeq())) {
            params.put(pair.param().name(), json(pair));
        }
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("java", System.getProperty("java.version"));
        versions.put("spark", package$.MODULE$.SPARK_VERSION());
        versions.put("tensorflow-java", version(org.tensorflow.TensorFlow.class));
        versions.put("tfcluster", version(Provenance.class));
        return new Provenance(schema, rows, params, versions, Instant.now(), metrics);
    }

    private static <T> String json(ParamPair<T> pair) {
        return pair.param().jsonEncode(pair.value());
    }

    private static String version(Class<?> type) {
        String version = type.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /** Returns this as JSON of several lines. */
    public String toJson() {
        ObjectNode node = JSON.createObjectNode();
        node.put("time", time.toString());
        node.put("rows", rows);
        node.set("metrics", JSON.valueToTree(metrics));
        node.set("versions", JSON.valueToTree(versions));
        try {
            node.set("schema", JSON.readTree(schema.json()));
            ObjectNode settings = node.putObject("params");
            for (Map.Entry<String, String> each : params.entrySet()) {
                settings.set(each.getKey(), JSON.readTree(each.getValue()));
            }
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the provenance cannot be written as JSON: " + e.getMessage(), e);
        }
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static Provenance fromJson(String json) {
        try {
            JsonNode node = JSON.readTree(json);
            Map<String, String> params = new LinkedHashMap<>();
            node.path("params")
                    .fields()
                    .forEachRemaining(e -> params.put(e.getKey(), e.getValue().toString()));
            Map<String, String> versions = new LinkedHashMap<>();
            node.path("versions")
                    .fields()
                    .forEachRemaining(e -> versions.put(e.getKey(), e.getValue().asText()));
            Map<String, Double> metrics = new LinkedHashMap<>();
            node.path("metrics")
                    .fields()
                    .forEachRemaining(e -> metrics.put(e.getKey(), e.getValue().asDouble()));
            StructType schema =
                    (StructType) DataType.fromJson(node.path("schema").toString());
            return new Provenance(
                    schema,
                    node.path("rows").asLong(-1),
                    params,
                    versions,
                    Instant.parse(node.path("time").asText()),
                    metrics);
        } catch (JsonProcessingException | DateTimeParseException | ClassCastException e) {
            throw new IllegalArgumentException("this is no provenance of a model: " + e.getMessage(), e);
        }
    }

    /**
     * Writes this into a SavedModel.
     *
     * @param exportDir the SavedModel's folder, on any Hadoop file system
     */
    public void write(String exportDir, Configuration conf) {
        writeTo(new Path(exportDir, IN_MODEL), conf);
    }

    /** Reads what {@link #write} left in a SavedModel; empty if there is none. */
    public static Optional<Provenance> read(String exportDir, Configuration conf) {
        return readFrom(new Path(exportDir, IN_MODEL), conf);
    }

    void writeTo(Path file, Configuration conf) {
        try (OutputStream out = file.getFileSystem(conf).create(file, true)) {
            out.write(toJson().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the model's provenance to " + file + ": " + e, e);
        }
    }

    static Optional<Provenance> readFrom(Path file, Configuration conf) {
        try {
            if (!file.getFileSystem(conf).exists(file)) {
                return Optional.empty();
            }
            try (InputStream in = file.getFileSystem(conf).open(file)) {
                return Optional.of(fromJson(new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the model's provenance from " + file + ": " + e, e);
        }
    }
}
