package io.tfcluster.estimator.image;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What the stages have in common that make a column of pictures out of one: the Params, the schema, and the way through Spark. */
abstract class PictureStage<T extends PictureParams<T>> extends Transformer
        implements PictureParams<T>, DefaultParamsWritable {

    private static final long serialVersionUID = 1L;

    /** Columns that name a picture where the user does not say which does. */
    private static final List<String> USUAL_IDS = List.of("path", "filename", "_id", "id");

    private final String uid;
    private final PictureParamSet shared;

    PictureStage(String uid, List<OutputType> types) {
        this.uid = uid;
        this.shared = new PictureParamSet(this, types);
    }

    /** What the made column says of its pictures. */
    abstract Metadata metadata();

    /** What tasks do with the rows; the column is there and holds pictures. */
    abstract PicturePlan plan(StructType schema);

    @Override
    public String uid() {
        return uid;
    }

    /** The schema with the columns to make at its end. */
    StructType made(StructType schema) {
        form(schema);
        if (!getIdCol().isEmpty()) {
            field(schema, "idCol", getIdCol());
        }
        StructType out = schema;
        for (StructField made : made()) {
            if (Arrays.asList(out.fieldNames()).contains(made.name())) {
                throw new IllegalArgumentException("there is a column \"" + made.name()
                        + "\" already; drop it, or give outputCol or errorCol another name");
            }
            out = out.add(made);
        }
        return out;
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        StructType schema = dataset.schema();
        transformSchema(schema);
        if (getBackend().equals(OpenCvBackend.NAME)) {
            Backends.named(OpenCvBackend.NAME); // better now than in a task
        }
        PicturePlan plan = plan(schema);
        Dataset<Row> rows = dataset.toDF();
        Dataset<?> both = plan.output() == OutputType.ARRAY
                ? rows.mapPartitions(
                        PictureRows.floats(plan), Encoders.tuple(Encoders.row(schema), PictureRows.floatEncoder()))
                : rows.mapPartitions(
                        PictureRows.others(plan),
                        Encoders.tuple(Encoders.row(schema), PictureRows.otherEncoder(plan.output())));
        List<StructField> made = made();
        List<String> results = List.of(PictureRows.VALUE, PictureRows.ERROR);
        Column[] all = new Column[made.size() + 1];
        all[0] = functions.col("_1.*");
        for (int i = 0; i < made.size(); i++) {
            all[i + 1] = functions
                    .col("_2." + results.get(i))
                    .as(made.get(i).name(), made.get(i).metadata());
        }
        return both.select(all);
    }

    private List<StructField> made() {
        OutputType output = OutputType.of(getOutputType());
        StructField value = DataTypes.createStructField(getOutputCol(), output.dataType(), true, metadata());
        boolean withReason =
                getOnError().equals(PictureParamSet.NULL) && !getErrorCol().isEmpty();
        return withReason
                ? List.of(value, DataTypes.createStructField(getErrorCol(), DataTypes.StringType, true))
                : List.of(value);
    }

    /** Place of the column that names a picture, -1 where there is none. */
    int idColumn(StructType schema) {
        String id = getIdCol();
        String named = id.isEmpty()
                ? USUAL_IDS.stream()
                        .filter(Arrays.asList(schema.fieldNames())::contains)
                        .findFirst()
                        .orElse("")
                : id;
        return named.isEmpty() ? -1 : schema.fieldIndex(named);
    }

    PictureForm form(StructType schema) {
        return PictureForm.of(
                getInputCol(), field(schema, "inputCol", getInputCol()).dataType());
    }

    static StructField field(StructType schema, String param, String name) {
        if (!Arrays.asList(schema.fieldNames()).contains(name)) {
            throw new IllegalArgumentException(param + " names the column \"" + name
                    + "\", which is not there; there are " + Arrays.toString(schema.fieldNames()));
        }
        return schema.apply(name);
    }

    boolean isFailing() {
        return getOnError().equals(PictureParamSet.FAIL);
    }

    @Override
    public Param<String> inputCol() {
        return shared.inputCol;
    }

    @Override
    public Param<String> outputCol() {
        return shared.outputCol;
    }

    @Override
    public Param<String> outputType() {
        return shared.outputType;
    }

    @Override
    public Param<String> backend() {
        return shared.backend;
    }

    @Override
    public Param<String> onError() {
        return shared.onError;
    }

    @Override
    public Param<String> errorCol() {
        return shared.errorCol;
    }

    @Override
    public Param<String> idCol() {
        return shared.idCol;
    }

    @Override
    public LongParam maxPixels() {
        return shared.maxPixels;
    }

    @Override
    public IntParam quality() {
        return shared.quality;
    }
}
