package io.tfcluster.estimator;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;

/** What the stages have in common that put pictures through a network. */
abstract class PictureModelStage<T extends PictureModelParams<T>> extends Transformer
        implements PictureModelParams<T>, MLWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final PictureModelParamSet shared;

    PictureModelStage(String uid, String made) {
        this.uid = uid;
        this.shared = new PictureModelParamSet(this, made);
    }

    @Override
    public String uid() {
        return uid;
    }

    /** Whether rows whose picture cannot be used go on without an answer. */
    boolean nulls() {
        return getOnError().equals(PictureModelParamSet.NULL);
    }

    /** Whether the user gets the column of reasons. */
    boolean hasReason() {
        return nulls() && !getErrorCol().isEmpty();
    }

    /** Writes what a saved stage needs besides its network and its Params. */
    void saveFiles(String folder, Configuration conf) {
        // most stages need nothing else
    }

    /** Takes what {@link #saveFiles} wrote. */
    void loadFiles(String folder, Configuration conf) {
        // as there
    }

    /** Says which network it has, for toString. */
    String networkText() {
        return get(frozenGraph()).map(f -> ", frozenGraph=" + f).getOrElse(() -> "")
                + get(exportDir()).map(f -> ", exportDir=" + f).getOrElse(() -> "");
    }

    /** Returns what writes this stage with its whole network, in Spark's layout. */
    @Override
    public MLWriter write() {
        return new PictureModelFiles.Writer(this);
    }

    @Override
    public Param<String> inputCol() {
        return shared.inputCol;
    }

    @Override
    public Param<String> outputCol() {
        return shared.outputCol;
    }

    @Override
    public Param<String> frozenGraph() {
        return shared.frozenGraph;
    }

    @Override
    public Param<String> exportDir() {
        return shared.exportDir;
    }

    @Override
    public Param<String> signatureDefKey() {
        return shared.signatureDefKey;
    }

    @Override
    public Param<String> tagSet() {
        return shared.tagSet;
    }

    @Override
    public Param<String> inputTensor() {
        return shared.inputTensor;
    }

    @Override
    public IntArrayParam imageSize() {
        return shared.imageSize;
    }

    @Override
    public Param<String> backend() {
        return shared.backend;
    }

    @Override
    public Param<String> onError() {
        return shared.onError;
    }

    @Override
    public Param<String> errorCol() {
        return shared.errorCol;
    }

    @Override
    public Param<String> idCol() {
        return shared.idCol;
    }

    @Override
    public IntParam batchSize() {
        return shared.batchSize;
    }

    @Override
    public IntParam threads() {
        return shared.threads;
    }
}
