package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The Params of {@link PictureModelParams} of one stage; what they are without being set is the stage's business where it differs. */
final class PictureModelParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    static final String FAIL = "fail";
    static final String NULL = "null";

    final Param<String> inputCol;
    final Param<String> outputCol;
    final Param<String> frozenGraph;
    final Param<String> exportDir;
    final Param<String> signatureDefKey;
    final Param<String> tagSet;
    final Param<String> inputTensor;
    final IntArrayParam imageSize;
    final Param<String> backend;
    final Param<String> onError;
    final Param<String> errorCol;
    final Param<String> idCol;
    final IntParam batchSize;
    final IntParam threads;

    /**
     * Makes them and sets their defaults.
     *
     * @param made what the stage makes, as the text of its outputCol says
     */
    PictureModelParamSet(Params stage, String made) {
        inputCol = new Param<>(
                stage,
                "inputCol",
                "column of pictures: binary (picture files) or Spark's image struct",
                Validators.notBlank("inputCol", "the name of a column"));
        outputCol = new Param<>(
                stage,
                "outputCol",
                "column of " + made + " to make",
                Validators.notBlank("outputCol", "the name of a column"));
        frozenGraph = new Param<>(
                stage,
                "frozenGraph",
                "file of a GraphDef whose variables are constants, on any Hadoop file system",
                Validators.notBlank("frozenGraph", "a file"));
        exportDir = new Param<>(
                stage,
                "exportDir",
                "folder of a SavedModel, on any Hadoop file system, in place of a frozen graph",
                Validators.notBlank("exportDir", "a folder"));
        signatureDefKey = new Param<>(
                stage,
                "signatureDefKey",
                "signature of the SavedModel",
                Validators.notBlank("signatureDefKey", "the name of a signature"));
        tagSet = new Param<>(
                stage,
                "tagSet",
                "tags of the SavedModel's graph, with commas between them",
                Validators.notBlank("tagSet", "one tag or several with commas between them"));
        inputTensor = new Param<>(
                stage,
                "inputTensor",
                "where pictures enter: a key of the signature, or any tensor such as scope/op:0; empty: the only input");
        imageSize = new IntArrayParam(
                stage, "imageSize", "height and width of the pictures the network takes; empty: what the graph says");
        backend = new Param<>(
                stage,
                "backend",
                "who decodes and resizes: auto, imageio or opencv; see ImageTransformer",
                Validators.oneOf("backend", "auto", "imageio", "opencv"));
        onError = new Param<>(
                stage,
                "onError",
                "what becomes of a row whose picture cannot be used: fail (the job ends with an error that names the picture) or null (with the reason in errorCol)",
                Validators.oneOf("onError", FAIL, NULL));
        errorCol = new Param<>(
                stage, "errorCol", "column of texts for the reasons, made where onError is null; empty: none");
        idCol = new Param<>(
                stage, "idCol", "column that names the picture in errors; empty: path, filename, _id or id");
        batchSize = new IntParam(
                stage,
                "batchSize",
                "pictures in one run of the network, 1 or more",
                Validators.atLeast("batchSize", 1));
        threads = new IntParam(
                stage,
                "threads",
                "threads of the network's session on an executor, 0 for as many as it has cores; all its tasks share them",
                Validators.atLeast("threads", 0));
        stage.setDefault(inputCol, "image");
        stage.setDefault(signatureDefKey, "serving_default");
        stage.setDefault(tagSet, "serve");
        stage.setDefault(backend, "auto");
        stage.setDefault(onError, FAIL);
        stage.setDefault(errorCol, "imageError");
        stage.setDefault(idCol, "");
        stage.setDefault(batchSize, 32);
        stage.setDefault(threads, 0);
    }
}
