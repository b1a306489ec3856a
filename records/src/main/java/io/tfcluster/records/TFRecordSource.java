package io.tfcluster.records;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.CreatableRelationProvider;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.sources.RelationProvider;
import org.apache.spark.sql.sources.SchemaRelationProvider;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Map;

/**
 * TFRecord files as Spark's data source {@code tfrecord}, made by Spark. Options, as spark-tfrecord names them where it has them: {@code
 * recordType} (Example, SequenceExample, ByteArray), {@code codec} (none, gzip), and {@code binaryColumns} (names, separated by commas), {@code
 * skipCorrupt}, {@code maxRecordBytes}. One path or pattern at a time; {@link TFRecords#read} takes several.
 *
 * <pre>{@code
 * Dataset<Row> rows = spark.read().format("tfrecord").option("recordType", "SequenceExample").load("hdfs:///clicks");
 * rows.write().format("tfrecord").option("codec", "gzip").mode("overwrite").save("hdfs:///clicks-gz");
 * }</pre>
 */
public final class TFRecordSource
        implements DataSourceRegister, RelationProvider, SchemaRelationProvider, CreatableRelationProvider {
    /** Made by Spark. */
    public TFRecordSource() {}

    @Override
    public String shortName() {
        return "tfrecord";
    }

    @Override
    public BaseRelation createRelation(SQLContext context, Map<String, String> parameters) {
        return TFRecords.relation(
                context.sparkSession(),
                List.of(path(parameters)),
                options(parameters).build());
    }

    @Override
    public BaseRelation createRelation(SQLContext context, Map<String, String> parameters, StructType schema) {
        return TFRecords.relation(
                context.sparkSession(),
                List.of(path(parameters)),
                options(parameters).schema(schema).build());
    }

    @Override
    public BaseRelation createRelation(
            SQLContext context, SaveMode mode, Map<String, String> parameters, Dataset<Row> data) {
        String path = path(parameters);
        TFRecordOptions options = options(parameters).saveMode(mode).build();
        new WriteJob(data, path, options).run();
        SparkSession spark = context.sparkSession();
        return new TFRecordRelation(spark, List.of(path), List.of(), data.schema(), options);
    }

    private static String path(Map<String, String> parameters) {
        return option(parameters, "path")
                .orElseThrow(() -> new IllegalArgumentException(
                        "the source tfrecord needs one path, as in load(\"/data/*\"); TFRecords.read takes several"));
    }

    private static TFRecordOptions.Builder options(Map<String, String> parameters) {
        TFRecordOptions.Builder options = TFRecordOptions.builder();
        option(parameters, "recordType").map(RecordType::ofOption).ifPresent(options::recordType);
        option(parameters, "codec").map(Compression::ofOption).ifPresent(options::compression);
        option(parameters, "binaryColumns")
                .map(names -> Stream.of(names.split(",", -1))
                        .map(String::strip)
                        .filter(name -> !name.isEmpty())
                        .toArray(String[]::new))
                .ifPresent(options::binaryColumns);
        option(parameters, "skipCorrupt").map(TFRecordSource::flag).ifPresent(options::skipCorrupt);
        option(parameters, "maxRecordBytes").map(Integer::valueOf).ifPresent(options::maxRecordBytes);
        return options;
    }

    private static boolean flag(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("option skipCorrupt must be true or false, got " + value);
        };
    }

    /** Spark gives a map that does not mind the case of names. */
    private static java.util.Optional<String> option(Map<String, String> parameters, String name) {
        Option<String> value = parameters.get(name);
        return value.isDefined() ? java.util.Optional.of(value.get()) : java.util.Optional.empty();
    }
}
