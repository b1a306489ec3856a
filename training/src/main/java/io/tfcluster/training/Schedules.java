package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.util.List;

/** The kinds of {@link Schedule}. */
final class Schedules {
    private Schedules() {}

    record Constant(double rate) implements Schedule {
        Constant {
            requireRate(rate);
        }

        @Override
        public float at(long step) {
            return (float) rate;
        }
    }

    record Exponential(double rate, double factor, long steps, boolean stairs) implements Schedule {
        Exponential {
            requireRate(rate);
            requireSteps(steps);
            if (!(factor > 0) || Double.isInfinite(factor)) {
                throw new IllegalArgumentException("the factor of a decay is above 0 and finite, got " + factor);
            }
        }

        @Override
        public float at(long step) {
            double periods = (double) step / steps;
            return (float) (rate * Math.pow(factor, stairs ? Math.floor(periods) : periods));
        }
    }

    record Cosine(double rate, long steps, double alpha) implements Schedule {
        Cosine {
            requireRate(rate);
            requireSteps(steps);
            if (!(alpha >= 0 && alpha <= 1)) {
                throw new IllegalArgumentException(
                        "the floor of a cosine is a share of its rate, 0 to 1, got " + alpha);
            }
        }

        @Override
        public float at(long step) {
            double fall = 0.5 * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps));
            return (float) (rate * ((1 - alpha) * fall + alpha));
        }
    }

    record Polynomial(double rate, double end, long steps, double power) implements Schedule {
        Polynomial {
            requireRate(rate);
            requireRate(end);
            requireSteps(steps);
            if (!(power > 0)) {
                throw new IllegalArgumentException("the power of a polynomial schedule is above 0, got " + power);
            }
        }

        @Override
        public float at(long step) {
            return (float) ((rate - end) * Math.pow(1 - (double) Math.min(step, steps) / steps, power) + end);
        }
    }

    record Piecewise(List<Long> boundaries, List<Double> rates) implements Schedule {
        Piecewise {
            boundaries = List.copyOf(boundaries);
            rates = List.copyOf(rates);
            if (rates.size() != boundaries.size() + 1) {
                throw new IllegalArgumentException("a piecewise schedule has one rate more than boundaries, got "
                        + rates.size() + " rates for " + boundaries.size() + " boundaries");
            }
            for (int i = 1; i < boundaries.size(); i++) {
                if (boundaries.get(i) <= boundaries.get(i - 1)) {
                    throw new IllegalArgumentException("boundaries must ascend, got " + boundaries);
                }
            }
            rates.forEach(Schedules::requireRate);
        }

        @Override
        public float at(long step) {
            int piece = 0;
            while (piece < boundaries.size() && step > boundaries.get(piece)) {
                piece++;
            }
            return rates.get(piece).floatValue();
        }
    }

    record WarmUp(long steps, Schedule then) implements Schedule {
        WarmUp {
            requireSteps(steps);
            requireNonNull(then, "then");
        }

        @Override
        public float at(long step) {
            return step < steps ? then.at(0) * (step + 1) / steps : then.at(step - steps);
        }
    }

    record WarmUpFrom(long steps, double from, Schedule then) implements Schedule {
        WarmUpFrom {
            requireSteps(steps);
            requireRate(from);
            requireNonNull(then, "then");
        }

        @Override
        public float at(long step) {
            return step < steps ? (float) (from + (then.at(0) - from) * step / steps) : then.at(step - steps);
        }
    }

    private static void requireRate(double rate) {
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw new IllegalArgumentException("a learning rate is 0 or more and finite, got " + rate);
        }
    }

    private static void requireSteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a schedule needs 1 step or more, got " + steps);
        }
    }
}
