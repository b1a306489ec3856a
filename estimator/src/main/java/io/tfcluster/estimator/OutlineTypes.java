package io.tfcluster.estimator;

import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ModelOutline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * The columns of a model's predictions, before any row is seen: pipelines ask for them when the lengths of arrays are not known yet. The model
 * is built with lengths left open, and, if it needs them, with lengths of 1, which change no type; a model that takes neither tells its
 * columns only when it is learned.
 */
final class OutlineTypes {
    private static final Logger log = LoggerFactory.getLogger(OutlineTypes.class);

    private OutlineTypes() {}

    /** Returns types by column, those that can be told. */
    static Map<String, DataType> of(TFEstimator estimator, StructType schema) {
        ModelFunction model = estimator.work().model();
        if (model == null) {
            return Map.of();
        }
        return outline(estimator, model, schema)
                .map(outline -> columns(estimator, outline))
                .orElse(Map.of());
    }

    /** Returns the columns of a model whose outline is known. */
    static Map<String, DataType> columns(TFEstimator estimator, ModelOutline outline) {
        Map<String, DataType> columns = new LinkedHashMap<>();
        Map<String, String> mapping = estimator.getOutputMapping();
        List<String> chosen = Arrays.asList(estimator.getOutputCols());
        for (ModelOutline.Prediction prediction : outline.predictions()) {
            String column = mapping.isEmpty() ? prediction.name() : mapping.get(prediction.name());
            if (column != null && (chosen.isEmpty() || chosen.contains(column))) {
                columns.put(column, type(estimator, column, prediction));
            }
        }
        return columns;
    }

    private static Optional<ModelOutline> outline(TFEstimator estimator, ModelFunction model, StructType schema) {
        for (long open : new long[] {Shape.UNKNOWN_SIZE, 1}) {
            try {
                return Optional.of(ModelOutline.of(model, inputs(estimator, schema, open)));
            } catch (RuntimeException e) { // the fit, which knows the lengths, says what is wrong
                log.debug("{}'s model does not tell its columns with lengths of {}", estimator.uid(), open, e);
            }
        }
        return Optional.empty();
    }

    private static List<InputSpec> inputs(TFEstimator estimator, StructType schema, long open) {
        Map<String, String> mapping = estimator.getInputMapping();
        List<InputSpec> inputs = new ArrayList<>();
        for (StructField field : schema.fields()) {
            String name = mapping.isEmpty() ? field.name() : mapping.get(field.name());
            if (name != null && name.matches("[A-Za-z0-9.][A-Za-z0-9_.\\-]*")) {
                input(estimator, name, field, open).ifPresent(inputs::add);
            }
        }
        return inputs;
    }

    private static Optional<InputSpec> input(TFEstimator estimator, String name, StructField field, long open) {
        String given = estimator.getInputShapes().get(name);
        if (given != null) {
            Class<? extends TType> type = field.dataType() instanceof BinaryType ? TUint8.class : TFloat32.class;
            return Optional.of(new InputSpec(name, type, Shape.of(FeedColumns.shape(name, given))));
        }
        if (field.dataType().equals(SQLDataTypes.VectorType())) {
            return Optional.of(new InputSpec(name, TFloat64.class, Shape.of(length(field, open))));
        }
        long[] shape = {};
        DataType type = field.dataType();
        while (type instanceof ArrayType array) {
            shape = Arrays.copyOf(shape, shape.length + 1);
            shape[shape.length - 1] = open;
            type = array.elementType();
        }
        long[] known = shape;
        return tensor(type).map(element -> new InputSpec(name, element, Shape.of(known)));
    }

    private static long length(StructField field, long open) {
        return field.metadata().contains("ml_attr")
                        && field.metadata().getMetadata("ml_attr").contains("num_attrs")
                ? field.metadata().getMetadata("ml_attr").getLong("num_attrs")
                : open;
    }

    private static Optional<Class<? extends TType>> tensor(DataType type) {
        Class<? extends TType> tensor = null;
        if (type instanceof BooleanType) {
            tensor = TBool.class;
        } else if (type instanceof StringType || type instanceof BinaryType) {
            tensor = TString.class;
        } else if (type instanceof DoubleType) {
            tensor = TFloat64.class;
        } else if (type instanceof FloatType) {
            tensor = TFloat32.class;
        } else if (type instanceof LongType) {
            tensor = TInt64.class;
        } else if (type instanceof NumericType) {
            tensor = TInt32.class;
        }
        return Optional.ofNullable(tensor);
    }

    private static DataType type(TFEstimator estimator, String column, ModelOutline.Prediction prediction) {
        if (Arrays.asList(estimator.getVectorCols()).contains(column)) {
            return SQLDataTypes.VectorType();
        }
        DataType type = switch (prediction.type()) {
            case DT_DOUBLE -> DataTypes.DoubleType;
            case DT_INT8 -> DataTypes.ByteType;
            case DT_UINT8, DT_INT16 -> DataTypes.ShortType;
            case DT_INT32, DT_UINT16 -> DataTypes.IntegerType;
            case DT_INT64, DT_UINT32, DT_UINT64 -> DataTypes.LongType;
            case DT_BOOL -> DataTypes.BooleanType;
            case DT_STRING ->
                Arrays.asList(estimator.getBinaryCols()).contains(column) ? DataTypes.BinaryType : DataTypes.StringType;
            default -> DataTypes.FloatType;
        };
        int rank = prediction.shape().isUnknown() ? 1 : prediction.shape().numDimensions();
        for (int i = 1; i < rank; i++) {
            type = DataTypes.createArrayType(type, false);
        }
        return type;
    }
}
