package io.tfcluster.estimator;

import io.tfcluster.estimator.internal.RowObjects;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.CreateStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.catalyst.plans.logical.DeserializeToObject;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.MapPartitions;
import org.apache.spark.sql.catalyst.plans.logical.SerializeFromObject;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.Option;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Spark's own mapPartitions over its internal rows. The public one would make a Row of each, with an object for each number of each array:
 * for a picture that takes longer than the model. Being of the optimizer's own kinds of nodes, it works in streams and in joins with itself.
 */
final class RowPlan {
    private RowPlan() {}

    /**
     * Returns a DataFrame whose partitions went through a function.
     *
     * @param taken the columns that the function sees, in this order, as GenericInternalRows of their own
     * @param keep whether the function may hold the rows; otherwise each is good until the next one comes
     * @param made the schema of the GenericInternalRows that it gives
     */
    static Dataset<Row> map(
            Dataset<?> rows,
            List<String> taken,
            boolean keep,
            Function1<Iterator<Object>, Iterator<Object>> function,
            StructType made) {
        LogicalPlan child = rows.queryExecution().analyzed();
        List<Expression> columns = new ArrayList<>();
        for (String name : taken) {
            columns.add(JavaConverters.seqAsJavaList(child.output()).stream()
                    .filter(attribute -> attribute.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("column " + name + " has gone")));
        }
        Expression kept =
                call(keep ? "kept" : "passing", new ObjectType(InternalRow.class), CreateStruct.apply(seq(columns)));
        LogicalPlan objects = new DeserializeToObject(kept, object(InternalRow.class), child);
        LogicalPlan mapped = new MapPartitions(function, object(GenericInternalRow.class), objects);
        Expression struct =
                call("struct", made, new BoundReference(0, new ObjectType(GenericInternalRow.class), false));
        List<NamedExpression> fields = new ArrayList<>();
        for (int i = 0; i < made.length(); i++) {
            StructField field = made.apply(i);
            fields.add(new Alias(
                    new GetStructField(struct, i, Option.apply(field.name())),
                    field.name(),
                    NamedExpression$.MODULE$.newExprId(),
                    seq(List.of()),
                    Option.<Metadata>apply(field.metadata()),
                    seq(List.of())));
        }
        return Dataset.ofRows(rows.sparkSession(), new SerializeFromObject(seq(fields), mapped));
    }

    private static Expression call(String method, DataType type, Expression argument) {
        return new StaticInvoke(
                RowObjects.class,
                type,
                method,
                seq(List.of(argument)),
                RowPlan.<AbstractDataType>seq(List.of()),
                true,
                false,
                true);
    }

    private static Attribute object(Class<?> type) {
        return new AttributeReference(
                "row",
                new ObjectType(type),
                false,
                Metadata.empty(),
                NamedExpression$.MODULE$.newExprId(),
                RowPlan.<String>seq(List.of()));
    }

    static <T> Seq<T> seq(List<? extends T> list) {
        List<T> copy = new ArrayList<>(list);
        return JavaConverters.asScalaBufferConverter(copy).asScala().toList();
    }
}
