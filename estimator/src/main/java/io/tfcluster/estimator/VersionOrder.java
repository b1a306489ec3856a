package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What a task needs to go over to a newer version of its model: where versions appear, and what they must fit.
 *
 * @param folder that the versions are in
 * @param stage with the Params of the query's
 * @param schema that the query's rows had on the driver
 * @param columns those of them that the tasks see, in their order
 */
record VersionOrder(String folder, TFModel stage, StructType schema, List<String> columns) implements Serializable {
    VersionOrder {
        columns = List.copyOf(columns);
    }

    /** Returns what a stage's tasks need, or null if its model is to stay. */
    static @Nullable VersionOrder of(TFModel stage, StructType schema, List<String> columns) {
        if (!stage.getVersions().equals(ModelVersions.LATEST)) {
            return null;
        }
        return new VersionOrder(stage.getExportDir(), stage.bare(), schema, columns);
    }

    /**
     * Plans with another version of the model.
     *
     * @param running the plan whose columns it must give
     * @throws IllegalArgumentException if it does not fit
     */
    TransformPlan plan(ModelSource version, TransformPlan running, Configuration conf) {
        ModelInfo info = ModelInfo.savedModel(version, stage.getSignatureDefKey(), conf);
        TransformPlan plan = TransformPlanner.plan(stage, info, schema).withColumns(columns);
        List<StructField> fields = plan.fields();
        if (!fields.equals(running.fields())) {
            throw new IllegalArgumentException("its columns are " + text(fields) + ", the query has "
                    + text(running.fields()) + "; name those that are wanted in outputMapping");
        }
        return plan;
    }

    private static String text(List<StructField> fields) {
        return new StructType(fields.toArray(new StructField[0])).simpleString();
    }
}
