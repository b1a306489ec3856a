package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.InputSpec;
import io.tfcluster.training.TrainingBatch;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** A feed in the form that a trainer reads; the one place where feeding and training meet. */
record FeedBatches(DataFeed feed) implements BatchSource {
    @Override
    public TrainingBatch next(int maxRows, BooleanSupplier makeDo) {
        Batch batch = feed.poll(maxRows, makeDo).orElse(null);
        return batch == null ? new Nothing(feed.shouldStop()) : new Rows(batch, feed.shouldStop());
    }

    @Override
    public String position() {
        return feed.position().text();
    }

    @Override
    public void terminate() {
        if (!feed.shouldStop()) { // rows that ended by themselves are no early end
            feed.terminate();
        }
    }

    private record Rows(Batch batch, boolean endOfData) implements TrainingBatch {
        @Override
        public int rows() {
            return batch.rows();
        }

        @Override
        public long epoch() {
            return batch.epoch();
        }

        @Override
        public boolean beginsStep() {
            return batch.rows() > 0 || batch.planned();
        }

        @Override
        public Map<String, Tensor> inputs() {
            return batch.tensors();
        }

        @Override
        public boolean endOfEpoch() {
            return batch.endOfEpoch();
        }

        @Override
        public void close() {
            batch.close();
        }
    }

    private record Nothing(boolean endOfData) implements TrainingBatch {
        @Override
        public int rows() {
            return 0;
        }

        @Override
        public long epoch() {
            return 0;
        }

        @Override
        public Map<String, Tensor> inputs() {
            return Map.of();
        }

        @Override
        public boolean endOfEpoch() {
            return false;
        }

        @Override
        public void close() {}
    }

    /** Returns the columns of a feed as the inputs of a model. */
    static List<InputSpec> inputs(FeedSchema schema) {
        return schema.columns().stream()
                .map(column -> new InputSpec(column.name(), type(column), shape(column)))
                .toList();
    }

    private static Shape shape(Column column) {
        return Shape.of(column.shape().stream().mapToLong(Long::longValue).toArray());
    }

    private static Class<? extends TType> type(Column column) {
        return switch (column.type()) {
            case UINT8 -> TUint8.class;
            case INT32 -> TInt32.class;
            case INT64 -> TInt64.class;
            case FLOAT32 -> TFloat32.class;
            case FLOAT64 -> TFloat64.class;
            case BOOL -> TBool.class;
            case STRING, BINARY -> TString.class;
        };
    }
}
