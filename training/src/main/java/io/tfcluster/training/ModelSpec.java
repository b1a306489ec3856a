package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * What a {@link ModelFunction} made: the loss to minimise, predictions by name, metrics by name.
 *
 * <p>The loss is a scalar, the mean over the rows of the batch; metrics are such means too, or sums over rows (see {@link Metric}). That is what
 * lets a cluster report them exactly over all rows of all workers.
 * Predictions keep one row per row of input.
 */
public final class ModelSpec {
    private final @Nullable Operand<TFloat32> loss;
    private final @Nullable Operand<TFloat32> rowLosses;
    private final @Nullable Operand<TFloat32> penalty;
    private final Map<String, Operand<?>> predictions;
    private final Map<String, Metric> metrics;
    private final Map<String, Operand<?>> images;

    private ModelSpec(Builder builder) {
        this.loss = builder.loss;
        this.rowLosses = builder.rowLosses;
        this.penalty = builder.penalty;
        this.predictions = Collections.unmodifiableMap(new LinkedHashMap<>(builder.predictions));
        this.metrics = Collections.unmodifiableMap(new LinkedHashMap<>(builder.metrics));
        this.images = Collections.unmodifiableMap(new LinkedHashMap<>(builder.images));
    }

    private ModelSpec(ModelSpec other, Operand<TFloat32> loss) {
        this.loss = loss;
        this.rowLosses = other.rowLosses;
        this.penalty = other.penalty;
        this.predictions = other.predictions;
        this.metrics = other.metrics;
        this.images = other.images;
    }

    /** Returns an empty builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns this spec with its loss of rows made one number. */
    ModelSpec withLoss(Operand<TFloat32> scalar) {
        return new ModelSpec(this, scalar);
    }

    /** Whether the model gave its loss row by row. */
    boolean lossByRow() {
        return rowLosses != null;
    }

    Optional<Operand<TFloat32>> rowLosses() {
        return Optional.ofNullable(rowLosses);
    }

    Optional<Operand<TFloat32>> penalty() {
        return Optional.ofNullable(penalty);
    }

    Optional<Operand<TFloat32>> loss() {
        return Optional.ofNullable(loss);
    }

    Map<String, Operand<?>> predictions() {
        return predictions;
    }

    Map<String, Metric> metrics() {
        return metrics;
    }

    Map<String, Operand<?>> images() {
        return images;
    }

    /** Collects the parts of a {@link ModelSpec}. */
    public static final class Builder {
        private @Nullable Operand<TFloat32> loss;
        private @Nullable Operand<TFloat32> rowLosses;
        private @Nullable Operand<TFloat32> penalty;
        private final Map<String, Operand<?>> predictions = new LinkedHashMap<>();
        private final Map<String, Metric> metrics = new LinkedHashMap<>();
        private final Map<String, Operand<?>> images = new LinkedHashMap<>();

        private Builder() {}

        /** Sets what is minimised: a scalar, the mean over the rows of the batch. */
        public Builder loss(Operand<TFloat32> scalar) {
            this.loss = requireNonNull(scalar, "loss");
            return this;
        }

        /**
         * Sets what is minimised row by row, instead of {@link #loss}: the mean over the rows of the batch, each times its weight where the
         * training has weights ({@link TrainerConfig.Builder#weights}), plus the {@link #penalty}.
         *
         * @param rows one number per row of the batch: shape [rows]; see the {@code …Rows} losses of {@code Losses}
         */
        public Builder rowLosses(Operand<TFloat32> rows) {
            this.rowLosses = requireNonNull(rows, "rowLosses");
            return this;
        }

        /** Adds a term that has no rows to the mean of {@link #rowLosses}, such as {@code Losses.l2}: a scalar. */
        public Builder penalty(Operand<TFloat32> scalar) {
            this.penalty = requireNonNull(scalar, "penalty");
            return this;
        }

        /**
         * Adds a prediction.
         *
         * @param rows one entry per row of the batch: shape [rows, …]
         * @throws IllegalArgumentException if the name is taken
         */
        public Builder prediction(String name, Operand<?> rows) {
            if (predictions.putIfAbsent(requireNonNull(name, "name"), requireNonNull(rows, name)) != null) {
                throw new IllegalArgumentException("prediction \"" + name + "\" is given twice");
            }
            return this;
        }

        /**
         * Adds a metric that is reported with each step.
         *
         * @param scalar the mean over the rows of the batch
         * @throws IllegalArgumentException if the name is taken, or is "loss"
         */
        public Builder metric(String name, Operand<TFloat32> scalar) {
            return metric(name, Metric.mean(requireNonNull(scalar, name)));
        }

        /**
         * Adds a metric that is made of sums over rows, such as those of {@code Metrics}.
         *
         * @throws IllegalArgumentException if the name is taken, or is "loss"
         */
        public Builder metric(String name, Metric metric) {
            if (name.equals("loss")) {
                throw new IllegalArgumentException("\"loss\" is reported anyway; give the metric another name");
            }
            if (metrics.putIfAbsent(requireNonNull(name, "name"), requireNonNull(metric, name)) != null) {
                throw new IllegalArgumentException("metric \"" + name + "\" is given twice");
            }
            return this;
        }

        /**
         * Adds pictures that TensorBoard is to show, such as the inputs as they are after augmentation; see {@link Summaries#images}. Those
         * of the build for training are taken.
         *
         * @param name letters, digits, '.', '_', '-', with parts separated by '/'
         * @param pictures uint8, or float32 from 0 to 1; shape [rows, height, width, channels] with 1, 3 or 4 channels
         * @throws IllegalArgumentException if the name is taken, or the type or shape is another
         */
        public Builder image(String name, Operand<?> pictures) {
            Names.check("image", name);
            DataType type = pictures.asOutput().dataType();
            if ((type != DataType.DT_UINT8 && type != DataType.DT_FLOAT) || !PngPictures.fits(pictures.shape())) {
                throw new IllegalArgumentException("image \"" + name
                        + "\" must be uint8 or float32 of shape [rows, height, width, channels] with 1, 3 or 4 channels, found "
                        + type + " " + Shapes.text(pictures.shape()));
            }
            if (images.putIfAbsent(name, pictures) != null) {
                throw new IllegalArgumentException("image \"" + name + "\" is given twice");
            }
            return this;
        }

        /**
         * Returns the spec.
         *
         * @throws IllegalArgumentException if it has both a loss and losses of rows, or a penalty without the latter
         */
        public ModelSpec build() {
            if (loss != null && (rowLosses != null || penalty != null)) {
                throw new IllegalArgumentException(
                        "a model gives either loss(mean), or rowLosses([rows]) and penalty(scalar), not both");
            }
            if (penalty != null && rowLosses == null) {
                throw new IllegalArgumentException(
                        "a penalty is added to the mean of rowLosses, which are missing; add it to loss yourself");
            }
            return new ModelSpec(this);
        }
    }
}
