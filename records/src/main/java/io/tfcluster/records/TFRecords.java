package io.tfcluster.records;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.SequenceExample;

/**
 * TFRecord files as DataFrames, and DataFrames as TFRecord files, on any Hadoop file system: what {@code dfutil} is in TensorFlowOnSpark.
 *
 * <p>Called on the driver. Files are read by executors, one task for a file (small files share one), rows in the order of file names and
 * records.
 *
 * <pre>{@code
 * TFRecordOptions gzip = TFRecordOptions.builder().compression(Compression.GZIP).build();
 * TFRecords.write(rows, "hdfs:///photos/train", gzip);
 * Dataset<Row> again = TFRecords.read(spark, "hdfs:///photos/train");
 * }</pre>
 */
public final class TFRecords {
    private TFRecords() {}

    /**
     * Reads Examples with the default options; see {@link #read(SparkSession, List, TFRecordOptions)}.
     *
     * @throws IllegalArgumentException if there is nothing at the path, or no record
     * @throws TFRecordException if a file is damaged or records contradict each other
     */
    public static Dataset<Row> read(SparkSession spark, String path) {
        return read(spark, path, TFRecordOptions.builder().build());
    }

    /**
     * Reads the files of one path; see {@link #read(SparkSession, List, TFRecordOptions)}.
     *
     * @throws IllegalArgumentException if there is nothing at the path, or no record
     * @throws TFRecordException if a file is damaged or records contradict each other
     */
    public static Dataset<Row> read(SparkSession spark, String path, TFRecordOptions options) {
        return read(spark, List.of(path), options);
    }

    /**
     * Reads files, folders (at any depth) and patterns. Without a schema in the options, a Spark job looks through all records first.
     *
     * <p>The columns then are the features by name: {@code bigint}, {@code float}, {@code string} or {@code binary}; a feature with exactly one
     * value in each record that has it is a scalar, any other an array, a feature list an array of arrays. Columns are nullable if the feature
     * is missing, or without a kind, in some record. Bytes are a string only if all values are valid UTF-8 and the column is not among {@code
     * binaryColumns}. A feature that never has a value is a nullable string, with a warning.
     *
     * <p>The files are listed now; what comes later is not seen. Damage found in the rows' own job fails that job with Spark's exception, whose
     * message holds ours.
     *
     * @throws IllegalArgumentException if there is nothing at a path, if no record tells the columns, or if hints do not fit them
     * @throws TFRecordException if a file is damaged, or a feature holds values of different kinds
     */
    public static Dataset<Row> read(SparkSession spark, List<String> paths, TFRecordOptions options) {
        return spark.baseRelationToDataFrame(relation(spark, paths, options));
    }

    /**
     * Looks through all records for the columns that {@link #read(SparkSession, List, TFRecordOptions)} would give.
     *
     * @throws IllegalArgumentException if there is nothing at a path, if no record tells the columns, or if hints do not fit them
     * @throws TFRecordException if a file is damaged, or a feature holds values of different kinds
     */
    public static StructType inferSchema(SparkSession spark, List<String> paths, TFRecordOptions options) {
        return relation(spark, paths, options).schema();
    }

    static TFRecordRelation relation(SparkSession spark, List<String> paths, TFRecordOptions options) {
        List<DataFile> files = DataFiles.list(spark.sessionState().newHadoopConf(), paths);
        StructType schema = options.schema().orElseGet(() -> infer(spark, paths, files, options));
        if (!schema.isEmpty()) {
            Column.of(schema, options.recordType(), false);
        }
        return new TFRecordRelation(spark, paths, files, schema, options);
    }

    private static StructType infer(
            SparkSession spark, List<String> paths, List<DataFile> files, TFRecordOptions options) {
        if (options.recordType() == RecordType.BYTE_ARRAY) {
            return new StructType().add(RecordType.BYTES_COLUMN, DataTypes.BinaryType, false);
        }
        try {
            return new ReadJob(spark, files, options).facts().schema(options.binaryColumns(), String.join(", ", paths));
        } catch (Exception e) { // Scala throws checked exceptions that no signature tells
            throw TFRecordException.ofJob("the Spark job that looks through all records", e);
        }
    }

    /**
     * Writes Examples with the default options; see {@link #write(Dataset, String, TFRecordOptions)}.
     *
     * @throws IllegalArgumentException if a column's type fits no record, or the folder is there already
     * @throws TFRecordException if a row does not fit into a record
     */
    public static void write(Dataset<Row> rows, String path) {
        write(rows, path, TFRecordOptions.builder().build());
    }

    /**
     * Writes a folder with one file for each partition, under Hadoop's commit protocol: files of tasks that failed or ran twice never show.
     *
     * <p>Integers and booleans become int64 values, {@code float} and {@code double} 32-bit floats (a record has no others), strings and binary
     * columns bytes, Spark ML vectors arrays of floats. Null is a feature left out. In a SequenceExample arrays of arrays are feature lists, all
     * other columns context. Other types are refused before any job starts. {@code Overwrite} deletes the folder first, as Spark's own sources do.
     *
     * @throws IllegalArgumentException if a column's type fits no record, if the folder is there already, or to be overwritten though the
     *     rows are read from it
     * @throws TFRecordException if a row does not fit into a record: a null within an array, a number beyond 32-bit floats
     * @throws java.io.UncheckedIOException if the folder cannot be looked at or deleted
     */
    public static void write(Dataset<Row> rows, String path, TFRecordOptions options) {
        new WriteJob(rows, path, options).run();
    }

    /**
     * Returns the paths that a DataFrame was read from, if it is one that {@link #read(SparkSession, List, TFRecordOptions)} returned, or Spark's
     * {@code tfrecord} source, and nothing was done to it since: then its files can be given to nodes as they are.
     */
    public static Optional<List<String>> loadedFrom(Dataset<Row> rows) {
        LogicalPlan plan = rows.queryExecution().analyzed();
        return plan instanceof LogicalRelation logical && logical.relation() instanceof TFRecordRelation relation
                ? Optional.of(relation.paths())
                : Optional.empty();
    }

    /**
     * Makes an Example of a row that knows its schema, as rows of DataFrames do.
     *
     * @throws IllegalArgumentException if the row has no schema, or does not fit into an Example
     */
    public static Example toExample(Row row) {
        return new RowEncoder(schema(row), RecordType.EXAMPLE).example(internal(row));
    }

    /**
     * Makes a SequenceExample of a row that knows its schema, as rows of DataFrames do.
     *
     * @throws IllegalArgumentException if the row has no schema, or does not fit into a SequenceExample
     */
    public static SequenceExample toSequenceExample(Row row) {
        return new RowEncoder(schema(row), RecordType.SEQUENCE_EXAMPLE).sequenceExample(internal(row));
    }

    /**
     * Makes a row of an Example; features without a column are left out.
     *
     * @throws IllegalArgumentException if a feature does not fit its column
     */
    public static Row fromExample(Example example, StructType schema) {
        return external(new RowDecoder(schema, RecordType.EXAMPLE).row(example), schema);
    }

    /**
     * Makes a row of a SequenceExample; features without a column are left out.
     *
     * @throws IllegalArgumentException if a feature does not fit its column
     */
    public static Row fromSequenceExample(SequenceExample example, StructType schema) {
        return external(new RowDecoder(schema, RecordType.SEQUENCE_EXAMPLE).row(example), schema);
    }

    @SuppressWarnings("NullAway") // Spark's own comment on schema() says that it may be null; its type does not
    private static StructType schema(Row row) {
        StructType schema = row.schema();
        if (schema == null) {
            throw new IllegalArgumentException(
                    "the row has no schema; take it from a DataFrame, or make it with GenericRowWithSchema");
        }
        return schema;
    }

    private static InternalRow internal(Row row) {
        return (InternalRow)
                CatalystTypeConverters.createToCatalystConverter(schema(row)).apply(row);
    }

    private static Row external(InternalRow row, StructType schema) {
        return (Row) CatalystTypeConverters.createToScalaConverter(schema).apply(row);
    }
}
