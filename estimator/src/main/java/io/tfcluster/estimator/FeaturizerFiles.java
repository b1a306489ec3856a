package io.tfcluster.estimator;

import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import scala.Option;

/** An {@link ImageFeaturizer} in Spark's layout: {@code metadata}, and beside it the network, a saved {@link TFModel}, in {@code network}. */
final class FeaturizerFiles {
    private static final String NETWORK = "network";

    private FeaturizerFiles() {}

    /** Writes it with its whole network. */
    static final class Writer extends MLWriter {
        private final ImageFeaturizer stage;

        Writer(ImageFeaturizer stage) {
            this.stage = stage;
        }

        @Override
        public void saveImpl(String path) {
            TFModel network = FeaturizerPlan.network(
                    stage); // what is no network is not saved, and told before anything is written
            new TFModelWriter(network).saveImpl(new Path(path, NETWORK).toString());
            // Last: a folder with metadata is a whole stage.
            DefaultParamsWriter.saveMetadata(
                    stage, path, sparkSession().sparkContext(), Option.empty(), Option.empty());
        }
    }

    /** Reads what the writer wrote; the stage then has its network in its own folder. */
    static final class Reader extends MLReader<ImageFeaturizer> {
        @Override
        public ImageFeaturizer load(String path) {
            DefaultParamsReader.Metadata metadata = DefaultParamsReader.loadMetadata(
                    path, sparkSession().sparkContext(), ImageFeaturizer.class.getName());
            ImageFeaturizer stage = new ImageFeaturizer(metadata.uid());
            metadata.getAndSetParams(stage, Option.empty());
            TFModel network = TFModel.load(new Path(path, NETWORK).toString());
            if (network.isSet(network.frozenGraph())) {
                stage.setFrozenGraph(network.getOrDefault(network.frozenGraph()));
            } else {
                stage.setExportDir(network.getExportDir());
            }
            return stage;
        }
    }
}
