package io.tfcluster.records;

import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.FileRelation;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.PrunedScan;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** TFRecord files as Spark plans with them: their size, their names, and only the columns that are asked for. */
final class TFRecordRelation extends BaseRelation implements PrunedScan, FileRelation {
    private final SparkSession spark;
    private final List<String> paths;
    private final List<DataFile> files;
    private final StructType schema;
    private final TFRecordOptions options;

    TFRecordRelation(
            SparkSession spark, List<String> paths, List<DataFile> files, StructType schema, TFRecordOptions options) {
        this.spark = spark;
        this.paths = List.copyOf(paths);
        this.files = List.copyOf(files);
        this.schema = schema;
        this.options = options;
    }

    List<String> paths() {
        return paths;
    }

    @Override
    public SQLContext sqlContext() {
        return spark.sqlContext();
    }

    @Override
    public StructType schema() {
        return schema;
    }

    @Override
    public long sizeInBytes() {
        return files.stream().mapToLong(DataFile::bytes).sum();
    }

    @Override
    public String[] inputFiles() {
        return files.stream().map(DataFile::path).toArray(String[]::new);
    }

    @Override
    public boolean needConversion() {
        return false;
    }

    /** The rows are Spark's internal ones, as it expects of a relation that needs no conversion. */
    @Override
    @SuppressWarnings("unchecked")
    public RDD<Row> buildScan(String[] requiredColumns) {
        StructField[] fields =
                Stream.of(requiredColumns).map(name -> schema.apply(name)).toArray(StructField[]::new);
        StructType pruned = DataTypes.createStructType(fields);
        return (RDD<Row>) (RDD<?>) new ReadJob(spark, files, options).rows(pruned);
    }

    @Override
    public String toString() {
        return "TFRecord " + options.recordType().optionName() + " " + paths;
    }
}
