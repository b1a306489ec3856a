package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;

/**
 * The columns that Spark's evaluators read, made of one output of the model; "" for those that are not wanted.
 *
 * @param output position among the outputs
 * @param classes whether the output is scores of classes; otherwise it is the prediction itself
 */
record ScorePlan(
        int output,
        boolean classes,
        boolean logits,
        String raw,
        String probability,
        String prediction,
        String label,
        List<String> labels)
        implements Serializable {
    ScorePlan {
        labels = List.copyOf(labels);
    }

    List<StructField> fields() {
        List<StructField> fields = new ArrayList<>();
        if (!raw.isEmpty()) {
            fields.add(DataTypes.createStructField(raw, SQLDataTypes.VectorType(), false));
        }
        if (!probability.isEmpty()) {
            fields.add(DataTypes.createStructField(probability, SQLDataTypes.VectorType(), false));
        }
        if (!prediction.isEmpty()) {
            Metadata notes = labels.isEmpty()
                    ? Metadata.empty()
                    : NominalAttribute.defaultAttr()
                            .withName(prediction)
                            .withValues(labels.toArray(new String[0]))
                            .toMetadata();
            fields.add(DataTypes.createStructField(prediction, DataTypes.DoubleType, false, notes));
        }
        if (!label.isEmpty()) {
            fields.add(DataTypes.createStructField(label, DataTypes.StringType, false));
        }
        return fields;
    }
}
