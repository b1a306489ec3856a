package io.tfcluster.training;

import java.util.Map;

/** What an export's signature takes. */
final class ServingInputs {
    /** The model's own inputs. */
    static final ServingFunction OF_MODEL = serving -> Map.of();

    private ServingInputs() {}
}
