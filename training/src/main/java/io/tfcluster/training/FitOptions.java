package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Trainer#fit(BatchSource, FitOptions) fit} does beside its steps. All workers give the same ones.
 *
 * <pre>{@code
 * FitOptions.builder()
 *         .epochs(20)
 *         .validation(ctx.batches("validation"))
 *         .earlyStopping(EarlyStopping.maximize("accuracy").patience(4))
 *         .every(Trigger.epochs(1), moment -> log.info("epoch {} {}", moment.epoch(), moment.validation()))
 *         .build()
 * }</pre>
 */
public final class FitOptions {
    /** A validation: one epoch of the source, each time the trigger says so. */
    record Validation(BatchSource source, Trigger trigger) {}

    /** An action of the user's. */
    record Action(Trigger trigger, Consumer<TrainingMoment> what) {}

    private final long epochs;
    private final @Nullable Validation validation;
    private final @Nullable EarlyStopping earlyStopping;
    private final List<Action> actions;

    private FitOptions(Builder builder) {
        this.epochs = builder.epochs;
        this.validation = builder.validation;
        this.earlyStopping = builder.earlyStopping;
        this.actions = List.copyOf(builder.actions);
    }

    /** Returns options that ask for nothing. */
    public static FitOptions none() {
        return builder().build();
    }

    /** Returns an empty builder. */
    public static Builder builder() {
        return new Builder();
    }

    long epochs() {
        return epochs;
    }

    Optional<Validation> validation() {
        return Optional.ofNullable(validation);
    }

    Optional<EarlyStopping> earlyStopping() {
        return Optional.ofNullable(earlyStopping);
    }

    List<Action> actions() {
        return actions;
    }

    /** Collects {@link FitOptions}. */
    public static final class Builder {
        private long epochs;
        private @Nullable Validation validation;
        private @Nullable EarlyStopping earlyStopping;
        private final List<Action> actions = new ArrayList<>();

        private Builder() {}

        /** Ends the training after epoch {@code count - 1} of the source; 0, the default, goes on until the rows end. */
        public Builder epochs(long count) {
            if (count < 0) {
                throw new IllegalArgumentException("epochs must be 0 or more, got " + count);
            }
            this.epochs = count;
            return this;
        }

        /** Validates after each epoch; see {@link #validation(BatchSource, Trigger)}. */
        public Builder validation(BatchSource source) {
            return validation(source, Trigger.epochs(1));
        }

        /**
         * Evaluates one epoch of a source, of all workers' sources together, whenever the trigger says so. Workers that do not step together
         * (see {@link Trainer#fit(BatchSource, FitOptions)}) evaluate each its own.
         *
         * @param source gives an epoch each time it is read until {@link TrainingBatch#endOfEpoch()}
         */
        public Builder validation(BatchSource source, Trigger trigger) {
            this.validation = new Validation(requireNonNull(source, "source"), requireNonNull(trigger, "trigger"));
            return this;
        }

        /** Ends the training when a validation metric gets no better. Needs a validation. */
        public Builder earlyStopping(EarlyStopping stopping) {
            this.earlyStopping = requireNonNull(stopping, "stopping");
            return this;
        }

        /** Does something on the thread that trains, on every worker at the same step; what it throws ends the training. */
        public Builder every(Trigger trigger, Consumer<TrainingMoment> action) {
            actions.add(new Action(requireNonNull(trigger, "trigger"), requireNonNull(action, "action")));
            return this;
        }

        /**
         * Returns the options.
         *
         * @throws IllegalArgumentException if there is early stopping without a validation
         */
        public FitOptions build() {
            if (earlyStopping != null && validation == null) {
                throw new IllegalArgumentException("early stopping looks at metric \"" + earlyStopping.metric()
                        + "\" of the validation, but there is none; give FitOptions a validation");
            }
            return new FitOptions(this);
        }
    }
}
