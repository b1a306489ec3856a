package io.tfcluster.estimator.image;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The Params of {@link PictureParams} of one stage; its own are the name and the type of the column it makes. */
final class PictureParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    static final String FAIL = "fail";
    static final String NULL = "null";

    private static final long DEFAULT_MAX_PIXELS = 64_000_000;

    final Param<String> inputCol;
    final Param<String> outputCol;
    final Param<String> outputType;
    final Param<String> backend;
    final Param<String> onError;
    final Param<String> errorCol;
    final Param<String> idCol;
    final LongParam maxPixels;
    final IntParam quality;

    /**
     * Makes them and sets their defaults.
     *
     * @param types what the column may hold
     */
    PictureParamSet(Params stage, List<OutputType> types) {
        inputCol = new Param<>(
                stage,
                "inputCol",
                "column of pictures: binary (picture files) or Spark's image struct",
                Checks.column("inputCol"));
        outputCol = new Param<>(stage, "outputCol", "column to make", Checks.column("outputCol"));
        outputType = new Param<>(
                stage,
                "outputType",
                "what is made: " + types.stream().map(OutputType::text).collect(Collectors.joining(", ")),
                Checks.oneOf(
                        "outputType", types.stream().map(OutputType::paramValue).toList()));
        backend = new Param<>(
                stage,
                "backend",
                "who decodes and resizes: imageio (the JDK), opencv (org.bytedeco:opencv must be on the class path), or auto: opencv where it can be loaded",
                Checks.oneOf("backend", Backends.NAMES));
        onError = new Param<>(
                stage,
                "onError",
                "what becomes of a row whose picture cannot be used: fail (the job ends with an error that names the picture) or null (with the reason in errorCol)",
                Checks.oneOf("onError", List.of(FAIL, NULL)));
        errorCol = new Param<>(
                stage, "errorCol", "column of texts for the reasons, made where onError is null; empty: none");
        idCol = new Param<>(
                stage,
                "idCol",
                "column that names the picture, for errors and instead of its content for what is random; empty: path, filename, _id or id is taken for errors");
        maxPixels = new LongParam(
                stage,
                "maxPixels",
                "width × height from which on a picture counts as broken, before it is decoded",
                Checks.within("maxPixels", 1, Integer.MAX_VALUE / Pixels.CHANNELS));
        quality = new IntParam(stage, "quality", "quality of JPEGs, 1 to 100", Checks.within("quality", 1, 100));
        stage.setDefault(inputCol, "image");
        stage.setDefault(backend, Backends.AUTO);
        stage.setDefault(onError, FAIL);
        stage.setDefault(errorCol, "imageError");
        stage.setDefault(idCol, "");
        stage.setDefault(maxPixels, DEFAULT_MAX_PIXELS);
        stage.setDefault(quality, 90);
    }
}
