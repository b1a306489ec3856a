package io.tfcluster.training;

import java.util.Map;

/**
 * How far a training is when a {@link Trigger} fires.
 *
 * @param step updates so far
 * @param epoch epoch of the last rows, from 0
 * @param validation result of the last validation in this fit, empty if there was none yet
 */
public record TrainingMoment(long step, long epoch, Map<String, Double> validation) {
    /** Copies the map. */
    public TrainingMoment {
        validation = Map.copyOf(validation);
    }
}
