package io.tfcluster.estimator;

import io.tfcluster.estimator.internal.RowFunction;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.runtime.AbstractFunction1;

/** Makes SQL functions of models; arguments are checked when a query is analysed, by the same contract as a DataFrame's columns. */
final class ModelFunctions {
    private ModelFunctions() {}

    static void register(SparkSession spark, String name, TFModel model) {
        if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
            throw new IllegalArgumentException(
                    "a function's name is letters, digits and _, not beginning with a digit, got \"" + name + "\"");
        }
        Configuration conf = spark.sparkContext().hadoopConfiguration();
        TFModel own = model.copy(ParamMap.empty()).setKeepInputs(false).setBatchSize(1);
        ModelInfo info = ModelInfo.of(own, conf);
        spark.sessionState()
                .functionRegistry()
                .createOrReplaceTempFunction(
                        name,
                        new Builder(name, own, info, TaskFiles.of(spark.sparkContext(), info.source())),
                        "scala_udf");
    }

    /** Makes the expression of a call; on the driver. */
    private static final class Builder extends AbstractFunction1<Seq<Expression>, Expression> implements Serializable {
        private static final long serialVersionUID = 1L;

        private final String name;
        private final TFModel model;

        @SuppressWarnings("serial") // stays on the driver
        private final transient ModelInfo info;

        private final TaskFiles files;

        Builder(String name, TFModel model, ModelInfo info, TaskFiles files) {
            this.name = name;
            this.model = model;
            this.info = info;
            this.files = files;
        }

        @Override
        public Expression apply(Seq<Expression> given) {
            List<Expression> arguments = JavaConverters.seqAsJavaList(given);
            List<String> columns = model.getInputMapping().isEmpty()
                    ? List.copyOf(info.inputs().keySet())
                    : List.copyOf(model.getInputMapping().keySet());
            if (arguments.size() != columns.size()) {
                throw new IllegalArgumentException(
                        name + " takes " + columns.size() + " arguments, " + columns + ", got " + arguments.size());
            }
            List<Expression> struct = new ArrayList<>();
            StructType schema = new StructType();
            for (int i = 0; i < columns.size(); i++) {
                struct.add(Literal$.MODULE$.apply(columns.get(i)));
                struct.add(arguments.get(i));
                schema = schema.add(columns.get(i), arguments.get(i).dataType());
            }
            TransformPlan plan = TransformPlanner.plan(model, info, schema);
            RowFunction function =
                    new ModelFunctionCall(name, new TaskModel(plan, files, VersionOrder.of(model, schema, columns)));
            DataType type = plan.fields().size() == 1
                    ? plan.fields().get(0).dataType()
                    : new StructType(plan.fields().toArray(new StructField[0]));
            return new Invoke(
                    new Literal(function, new ObjectType(RowFunction.class)),
                    "call",
                    type,
                    RowPlan.<Expression>seq(List.of(new CreateNamedStruct(RowPlan.seq(struct)))),
                    RowPlan.<AbstractDataType>seq(List.of()),
                    true,
                    true,
                    true);
        }
    }
}
