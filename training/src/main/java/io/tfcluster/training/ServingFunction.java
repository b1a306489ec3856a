package io.tfcluster.training;

import java.io.Serializable;
import java.util.Map;
import org.tensorflow.Operand;

/**
 * Puts other inputs in front of a model that is exported, such as JPEG bytes in place of pixels.
 *
 * <pre>{@code
 * trainer.exportSavedModel(dir, serving -> Map.of("image", serving.decodeJpegs(serving.input("jpeg", TString.class, Shape.of(-1)), 96, 96)));
 * }</pre>
 */
@FunctionalInterface
public interface ServingFunction extends Serializable {
    /**
     * Builds the operations between the signature's inputs and the model's.
     *
     * @param serving declares the signature's inputs
     * @return values by the name of the model's input; those that predictions do not need may be left out
     */
    Map<String, Operand<?>> inputs(ServingBuilder serving);

    /** Returns a function that puts nothing in front: the signature takes the model's own inputs. */
    static ServingFunction ofModel() {
        return serving -> Map.of();
    }
}
