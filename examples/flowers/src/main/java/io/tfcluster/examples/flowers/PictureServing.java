package io.tfcluster.examples.flowers;

import io.tfcluster.training.ServingBuilder;
import io.tfcluster.training.ServingFunction;
import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.Operand;

/**
 * A {@link Serving} that travels: it finds the backbone's file by its path.
 *
 * @param backboneFile on the chief's host; "" without a backbone
 */
record PictureServing(Serving serving, String backboneFile) implements ServingFunction {
    @Override
    public Map<String, Operand<?>> inputs(ServingBuilder builder) {
        return serving.on(name -> Path.of(backboneFile)).inputs(builder);
    }
}
