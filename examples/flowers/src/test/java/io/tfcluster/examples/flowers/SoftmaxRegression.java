package io.tfcluster.examples.flowers;

import java.util.List;
import java.util.Random;

/** A linear model on raw pixels, trained by stochastic gradient descent: what the drawn pictures must be too hard for. */
final class SoftmaxRegression {

    private final int classes;
    private final float[][] weights;

    SoftmaxRegression(int features, int classes) {
        this.classes = classes;
        this.weights = new float[classes][features + 1];
    }

    void fit(List<float[]> rows, List<Integer> labels, int epochs, double rate, double decay, long seed) {
        Random random = new Random(seed);
        for (int epoch = 0; epoch < epochs; epoch++) {
            float step = (float) (rate / (1 + 0.1 * epoch));
            for (int i = 0; i < rows.size(); i++) {
                int row = random.nextInt(rows.size());
                float[] x = rows.get(row);
                double[] p = probabilities(x);
                for (int c = 0; c < classes; c++) {
                    float error = (float) (p[c] - (labels.get(row) == c ? 1 : 0)) * step;
                    float[] w = weights[c];
                    for (int f = 0; f < x.length; f++) {
                        w[f] -= error * x[f] + (float) decay * step * w[f];
                    }
                    w[x.length] -= error;
                }
            }
        }
    }

    int predict(float[] x) {
        double[] p = probabilities(x);
        int best = 0;
        for (int c = 1; c < classes; c++) {
            best = p[c] > p[best] ? c : best;
        }
        return best;
    }

    private double[] probabilities(float[] x) {
        double[] p = new double[classes];
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            float sum = weights[c][x.length];
            for (int f = 0; f < x.length; f++) {
                sum += weights[c][f] * x[f];
            }
            p[c] = sum;
            max = Math.max(max, sum);
        }
        double total = 0;
        for (int c = 0; c < classes; c++) {
            p[c] = Math.exp(p[c] - max);
            total += p[c];
        }
        for (int c = 0; c < classes; c++) {
            p[c] /= total;
        }
        return p;
    }
}
