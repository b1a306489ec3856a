package io.tfcluster.killmatrix;

import io.tfcluster.FeedInput;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.feeding.RowWriter;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;

/** Rows that are their numbers, and a feed task that may come to harm in the middle of them. */
record NumberedRows(Plan plan) implements RowEncoder<Integer> {
    private static final int HARM_AT = Plan.ROWS / 2;

    static FeedSchema schema(Plan plan) {
        FeedSchema.Builder schema = FeedSchema.builder().int64("id");
        return (plan.payload() > 0 ? schema.binary("payload") : schema).build();
    }

    FeedInput input(JavaSparkContext context) {
        return FeedInput.of(
                context.parallelize(IntStream.range(0, Plan.ROWS).boxed().toList(), Plan.PARTITIONS), this);
    }

    @Override
    public void encode(Integer id, RowWriter out) {
        if (id == HARM_AT && plan.isForFeedTask()) {
            Gate.reached(plan, "", SparkEnv.get().executorId());
        }
        out.putLong(id);
    }
}
