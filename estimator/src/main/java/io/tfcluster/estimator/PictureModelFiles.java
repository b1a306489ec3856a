package io.tfcluster.estimator;

import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import scala.Option;

/** A {@link PictureModelStage} in Spark's layout: {@code metadata}, and beside it the network, a saved {@link TFModel}, in {@code network}. */
final class PictureModelFiles {
    private static final String NETWORK = "network";

    private PictureModelFiles() {}

    /** Writes it with its whole network. */
    static final class Writer extends MLWriter {
        private final PictureModelStage<?> stage;

        Writer(PictureModelStage<?> stage) {
            this.stage = stage;
        }

        @Override
        public void saveImpl(String path) {
            Configuration conf = sparkSession().sparkContext().hadoopConfiguration();
            TFModel network = PictureInput.network(stage);
            // What is no network is not saved, and told before anything is written.
            new TFModelWriter(network).saveImpl(new Path(path, NETWORK).toString());
            stage.saveFiles(path, conf);
            // Last: a folder with metadata is a whole stage.
            DefaultParamsWriter.saveMetadata(
                    stage, path, sparkSession().sparkContext(), Option.empty(), Option.empty());
        }
    }

    /** Reads what the writer wrote; the stage then has its network in its own folder. */
    static final class Reader<S extends PictureModelStage<S>> extends MLReader<S> {
        private final Class<S> type;
        private final Function<String, S> maker;

        Reader(Class<S> type, Function<String, S> maker) {
            this.type = type;
            this.maker = maker;
        }

        @Override
        public S load(String path) {
            Configuration conf = sparkSession().sparkContext().hadoopConfiguration();
            DefaultParamsReader.Metadata metadata =
                    DefaultParamsReader.loadMetadata(path, sparkSession().sparkContext(), type.getName());
            S stage = maker.apply(metadata.uid());
            metadata.getAndSetParams(stage, Option.empty());
            TFModel network = TFModel.load(new Path(path, NETWORK).toString());
            if (network.isSet(network.frozenGraph())) {
                stage.setFrozenGraph(network.getOrDefault(network.frozenGraph()));
            } else {
                stage.setExportDir(network.getExportDir());
            }
            stage.loadFiles(path, conf);
            return stage;
        }
    }
}
