package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;

import io.tfcluster.examples.common.ExampleException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** Picture files in a column of Parquet files. A file is read as a whole, and so the least that a batch can be. */
final class ParquetPictures implements Pictures {

    private final SparkSession spark;
    private final SourceSpec spec;
    private final boolean labelled;

    private ParquetPictures(SparkSession spark, SourceSpec spec, boolean labelled) {
        this.spark = spark;
        this.spec = spec;
        this.labelled = labelled;
    }

    static ParquetPictures of(SparkSession spark, SourceSpec spec) {
        Dataset<Row> rows = spark.read().parquet(spec.place());
        List<String> columns = Arrays.asList(rows.columns());
        for (String needed : List.of(spec.idColumn(), spec.imageColumn())) {
            if (!columns.contains(needed)) {
                throw new ExampleException("the Parquet files at " + spec.place() + " have no column \"" + needed
                        + "\", only " + columns + "; name theirs by --id-col, --image-col and --label-col");
            }
        }
        DataType type = rows.schema().apply(spec.imageColumn()).dataType();
        if (!type.equals(DataTypes.BinaryType)) {
            throw new ExampleException("the column \"" + spec.imageColumn() + "\" of " + spec.place() + " is "
                    + type.catalogString() + "; picture files are binary; name another by --image-col");
        }
        ParquetPictures pictures = new ParquetPictures(spark, spec, columns.contains(spec.labelColumn()));
        pictures.checkIds();
        return pictures;
    }

    private void checkIds() {
        Row twice = known()
                .groupBy(col(ID))
                .agg(count(lit(1)).as("times"))
                .filter("times > 1 or id is null")
                .orderBy(col("times").desc())
                .limit(1)
                .collectAsList()
                .stream()
                .findFirst()
                .orElse(null);
        if (twice != null) {
            throw new ExampleException("the id " + twice.get(0) + " stands " + twice.get(1) + " times in "
                    + spec.place() + "; ids must tell pictures apart; name another column by --id-col");
        }
    }

    @Override
    public Dataset<Row> known() {
        return spark.read()
                .parquet(spec.place())
                .select(id().as(ID), input_file_name().as(PLACE));
    }

    private Column id() {
        return col("`" + spec.idColumn() + "`").cast("string");
    }

    @Override
    public boolean byPlace() {
        return true;
    }

    @Override
    public Dataset<Row> read(List<Known> pictures) {
        String[] files = pictures.stream().map(Known::place).distinct().toArray(String[]::new);
        Dataset<Row> wanted = spark.createDataset(
                        pictures.stream().map(Known::id).toList(), Encoders.STRING())
                .toDF(ID);
        Column label = labelled
                ? col("`" + spec.labelColumn() + "`").cast("string")
                : lit(null).cast("string");
        return spark.read()
                .parquet(files)
                .select(
                        id().as(ID),
                        input_file_name().as(PLACE),
                        label.as(LABEL),
                        col("`" + spec.imageColumn() + "`").as(IMAGE))
                .join(broadcast(wanted), new String[] {ID}, "left_semi");
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
