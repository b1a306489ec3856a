package io.tfcluster.benchmarks;

import java.util.List;

/**
 * A quantity over time, both growing lists of the same length.
 *
 * @param name of the quantity
 * @param x where it was looked at, ascending
 * @param y what it was there
 */
record Curve(String name, List<Double> x, List<Double> y) {
    Curve {
        x = List.copyOf(x);
        y = List.copyOf(y);
        if (x.isEmpty() || x.size() != y.size()) {
            throw new IllegalArgumentException(
                    "a curve has as many x as y and at least one, got " + x.size() + " and " + y.size());
        }
    }

    /** Returns what lies at {@code from} or right of it; at least the last point. */
    Curve after(double from) {
        int first = 0;
        while (first < x.size() - 1 && x.get(first) < from) {
            first++;
        }
        return new Curve(name, x.subList(first, x.size()), y.subList(first, y.size()));
    }

    double mean() {
        return y.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }

    double max() {
        return y.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    /** Returns how much y grows for each unit of x, by least squares; 0 for a single point. */
    double slope() {
        double meanX = x.stream().mapToDouble(Double::doubleValue).average().orElse(0);
        double meanY = mean();
        double above = 0;
        double below = 0;
        for (int i = 0; i < x.size(); i++) {
            double dx = x.get(i) - meanX;
            above += dx * (y.get(i) - meanY);
            below += dx * dx;
        }
        return below == 0 ? 0 : above / below;
    }

    /** Returns how much y grows from the first point to the last, by that line. */
    double growth() {
        return slope() * (lastX() - x.get(0));
    }

    double lastX() {
        return x.get(x.size() - 1);
    }
}
