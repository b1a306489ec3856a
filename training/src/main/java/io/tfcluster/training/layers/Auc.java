package io.tfcluster.training.layers;

/** Areas under curves from counts by bucket of probability: Keras' {@code AUC} with its default settings. */
final class Auc {
    static final int THRESHOLDS = 200;

    private Auc() {}

    /** Sum of the trapezia under true over false positive rates. */
    static double roc(double[] buckets) {
        double[] positives = above(buckets, 0);
        double[] negatives = above(buckets, THRESHOLDS);
        double area = 0;
        for (int i = 0; i + 1 < THRESHOLDS; i++) {
            area += (negatives[i] - negatives[i + 1]) * (positives[i] + positives[i + 1]) / 2;
        }
        return ratio(area, positives[0] * negatives[0]);
    }

    /** Keras' {@code interpolate_pr_auc}: between two thresholds true positives grow straight with all that is predicted. */
    static double precisionRecall(double[] buckets) {
        double[] positives = above(buckets, 0);
        double[] negatives = above(buckets, THRESHOLDS);
        double area = 0;
        for (int i = 0; i + 1 < THRESHOLDS; i++) {
            double more = positives[i] + negatives[i];
            double fewer = positives[i + 1] + negatives[i + 1];
            double gained = positives[i] - positives[i + 1];
            double slope = ratio(gained, more - fewer);
            double intercept = positives[i + 1] - slope * fewer;
            double logarithm = more > 0 && fewer > 0 ? Math.log(more / fewer) : 0;
            area += slope * (gained + intercept * logarithm);
        }
        return ratio(area, positives[0]);
    }

    /** Rows above each threshold. */
    private static double[] above(double[] buckets, int from) {
        double[] above = new double[THRESHOLDS];
        double sum = 0;
        for (int i = THRESHOLDS - 1; i >= 0; i--) {
            sum += buckets[from + i];
            above[i] = sum;
        }
        return above;
    }

    private static double ratio(double part, double whole) {
        return whole == 0 ? 0 : part / whole;
    }
}
