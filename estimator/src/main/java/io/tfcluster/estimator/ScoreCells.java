package io.tfcluster.estimator;

import org.apache.spark.ml.linalg.VectorUDT;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.unsafe.types.UTF8String;

/** Makes of a row's scores what Spark's evaluators read. */
final class ScoreCells {
    private static final VectorUDT VECTORS = new VectorUDT();

    private final ScorePlan plan;
    private final UTF8String[] labels;

    ScoreCells(ScorePlan plan) {
        this.plan = plan;
        this.labels = plan.labels().stream().map(UTF8String::fromString).toArray(UTF8String[]::new);
    }

    /** Writes the columns, in the plan's order, from a place on; returns the place after them. */
    int write(double[] scores, Object[] row, int place) {
        int next = place;
        if (!plan.classes()) {
            row[next++] = single(scores);
            return next;
        }
        boolean binary = scores.length == 1;
        double[] raw = scores;
        double[] probabilities = plan.logits() ? softmax(scores) : scores;
        if (binary) {
            raw = plan.logits() ? new double[] {-scores[0], scores[0]} : new double[] {1 - scores[0], scores[0]};
            double positive = plan.logits() ? 1 / (1 + Math.exp(-scores[0])) : scores[0];
            probabilities = new double[] {1 - positive, positive};
        }
        if (!plan.raw().isEmpty()) {
            row[next++] = VECTORS.serialize(Vectors.dense(raw));
        }
        if (!plan.probability().isEmpty()) {
            row[next++] = VECTORS.serialize(Vectors.dense(probabilities));
        }
        int best = highest(probabilities);
        if (!plan.prediction().isEmpty()) {
            row[next++] = (double) best;
        }
        if (!plan.label().isEmpty()) {
            if (best >= labels.length) {
                throw new IllegalStateException("the model predicts class " + best + ", there are " + labels.length
                        + " labels, counted from 0; give one for each class");
            }
            row[next++] = labels[best];
        }
        return next;
    }

    private static double single(double[] scores) {
        if (scores.length != 1) {
            throw new IllegalStateException("the prediction has " + scores.length + " values in one row, not one");
        }
        return scores[0];
    }

    private static double[] softmax(double[] scores) {
        double most = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            most = Math.max(most, score);
        }
        double[] parts = new double[scores.length];
        double sum = 0;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = Math.exp(scores[i] - most);
            sum += parts[i];
        }
        for (int i = 0; i < parts.length; i++) {
            parts[i] /= sum;
        }
        return parts;
    }

    private static int highest(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }
}
