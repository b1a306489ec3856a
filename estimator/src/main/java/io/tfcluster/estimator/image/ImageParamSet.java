package io.tfcluster.estimator.image;

import java.io.Serializable;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.LongParam;

/** The Params that {@link ImageParams} has besides those of all stages of pictures. */
final class ImageParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    final ImageChainParam chain;
    final LongParam seed;
    final BooleanParam subsampling;

    /** Makes them and sets their defaults. */
    ImageParamSet(ImageTransformer stage) {
        chain = new ImageChainParam(stage, "chain", "what is done to each picture, in this order");
        seed = new LongParam(stage, "seed", "seed of what is random in the chain");
        subsampling = new BooleanParam(
                stage,
                "subsampling",
                "whether pictures much larger than the chain's first resizing needs may be decoded at a part of their size, which is faster");
        stage.setDefault(stage.outputCol(), "pixels");
        stage.setDefault(stage.outputType(), OutputType.ARRAY.paramValue());
        stage.setDefault(chain, ImageChain.decode());
        stage.setDefault(seed, 0L);
        stage.setDefault(subsampling, true);
    }
}
