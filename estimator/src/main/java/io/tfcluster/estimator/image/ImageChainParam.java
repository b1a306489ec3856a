package io.tfcluster.estimator.image;

import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;

/** A Param that holds an {@link ImageChain}; saved as the chain's JSON. */
public final class ImageChainParam extends Param<ImageChain> {

    private static final long serialVersionUID = 1L;

    /**
     * Makes the Param of a stage.
     *
     * @param parent the stage
     * @param name as users write it
     * @param doc what {@code explainParams()} says of it
     */
    public ImageChainParam(Identifiable parent, String name, String doc) {
        super(parent, name, doc);
    }

    @Override
    public String jsonEncode(ImageChain value) {
        return value.toJson();
    }

    @Override
    public ImageChain jsonDecode(String json) {
        return ImageChain.fromJson(json);
    }
}
