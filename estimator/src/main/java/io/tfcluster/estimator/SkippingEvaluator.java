package io.tfcluster.estimator;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructField;
import scala.Option;

/**
 * Another evaluator, which gives a failed training the worst value there is: {@code -Double.MAX_VALUE} where larger is better, otherwise
 * {@code Double.MAX_VALUE}.
 *
 * <p>For searches whose {@link TFEstimator} has {@code setFailedTrial("skip")}. Without it, evaluators of predicted classes and values find the
 * stand-in's predictions as bad as can be, too; but those of areas under curves find them as good as guessing.
 *
 * <pre>{@code
 * new CrossValidator()
 *         .setEstimator(estimator.setFailedTrial("skip"))
 *         .setEvaluator(new SkippingEvaluator(new BinaryClassificationEvaluator()))
 * }</pre>
 */
public final class SkippingEvaluator extends Evaluator implements MLWritable {
    private static final long serialVersionUID = 1L;
    private static final String WRAPPED = "evaluator";

    private final String uid;
    private final Evaluator evaluator;

    /** Wraps an evaluator. */
    public SkippingEvaluator(Evaluator evaluator) {
        this(Identifiable$.MODULE$.randomUID("SkippingEvaluator"), evaluator);
    }

    private SkippingEvaluator(String uid, Evaluator evaluator) {
        this.uid = uid;
        this.evaluator = requireNonNull(evaluator, "evaluator");
    }

    @Override
    public String uid() {
        return uid;
    }

    /** Returns what evaluates models that were learned. */
    public Evaluator evaluator() {
        return evaluator;
    }

    @Override
    public double evaluate(Dataset<?> dataset) {
        for (StructField field : dataset.schema().fields()) {
            if (field.metadata().contains(FailedTrial.NOTE)) {
                return isLargerBetter() ? -Double.MAX_VALUE : Double.MAX_VALUE;
            }
        }
        return evaluator.evaluate(dataset);
    }

    @Override
    public boolean isLargerBetter() {
        return evaluator.isLargerBetter();
    }

    @Override
    public SkippingEvaluator copy(ParamMap extra) {
        return copyValues(new SkippingEvaluator(uid, evaluator.copy(extra)), extra);
    }

    /**
     * Saves it with the other one.
     *
     * @throws UnsupportedOperationException if the other one cannot be saved
     */
    @Override
    public MLWriter write() {
        if (!(evaluator instanceof MLWritable writable)) {
            throw new UnsupportedOperationException(
                    evaluator.getClass().getName() + " cannot be saved: it is not MLWritable");
        }
        SkippingEvaluator self = this;
        return new MLWriter() {
            @Override
            public void saveImpl(String path) {
                DefaultParamsWriter.saveMetadata(self, path, sc(), Option.empty(), Option.empty());
                try {
                    writable.save(new Path(path, WRAPPED).toString());
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot write the evaluator to " + path + ": " + e.getMessage(), e);
                }
            }
        };
    }

    /** Returns what reads a saved one. */
    public static MLReader<SkippingEvaluator> read() {
        return new MLReader<>() {
            @Override
            public SkippingEvaluator load(String path) {
                DefaultParamsReader.Metadata metadata =
                        DefaultParamsReader.loadMetadata(path, sc(), SkippingEvaluator.class.getName());
                Evaluator wrapped = DefaultParamsReader.loadParamsInstance(new Path(path, WRAPPED).toString(), sc());
                SkippingEvaluator evaluator = new SkippingEvaluator(metadata.uid(), wrapped);
                metadata.getAndSetParams(evaluator, Option.empty());
                return evaluator;
            }
        };
    }

    /** Reads a saved one. */
    public static SkippingEvaluator load(String path) {
        return read().load(path);
    }

    @Override
    public String toString() {
        return "SkippingEvaluator: uid=" + uid + ", evaluator=" + evaluator;
    }
}
