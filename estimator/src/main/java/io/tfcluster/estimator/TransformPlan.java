package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;

/**
 * All that a task needs to know to put rows through a model; made and checked on the driver.
 *
 * @param appended how many of the outputs become columns; the others are only read for scores
 * @param versionCol the last column, for the number of the model's version; "" for none
 */
record TransformPlan(
        ModelSource source,
        List<InputPlan> inputs,
        List<OutputPlan> outputs,
        int appended,
        @Nullable ScorePlan scores,
        String versionCol,
        RunSettings run)
        implements Serializable {
    TransformPlan {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Returns this plan for rows that have these columns only. */
    TransformPlan withColumns(List<String> columns) {
        List<InputPlan> moved = inputs.stream()
                .map(input -> input.at(columns.indexOf(input.column())))
                .toList();
        return new TransformPlan(source, moved, outputs, appended, scores, versionCol, run);
    }

    /** Returns the columns that the model adds. */
    List<StructField> fields() {
        List<StructField> fields = new ArrayList<>();
        outputs.subList(0, appended).forEach(output -> fields.add(output.field()));
        if (scores != null) {
            fields.addAll(scores.fields());
        }
        if (!versionCol.isEmpty()) {
            fields.add(DataTypes.createStructField(versionCol, DataTypes.LongType, false));
        }
        return fields;
    }

    /** Returns the most rows of one run: one if an input or an output takes a cell as the whole tensor. */
    int rowsPerRun() {
        if (inputs.stream().anyMatch(input -> !input.batched()) || inputs.isEmpty()) {
            return 1;
        }
        return inputs.stream()
                .mapToLong(InputPlan::fixedRows)
                .filter(rows -> rows > 0)
                .mapToInt(Math::toIntExact)
                .findFirst()
                .orElse(run.batchSize());
    }

    /** Returns the rows that each run must have, filled up with the last one; -1 if any number will do. */
    long fixedRows() {
        return inputs.stream()
                .mapToLong(InputPlan::fixedRows)
                .filter(rows -> rows > 0)
                .findFirst()
                .orElse(-1);
    }
}
