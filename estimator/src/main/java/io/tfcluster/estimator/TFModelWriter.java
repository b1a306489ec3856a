package io.tfcluster.estimator;

import io.tfcluster.estimator.ModelSource.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import scala.Option;

/** Writes a stage in Spark's layout: {@code metadata}, and beside it the whole model in {@code model}, and {@code provenance.json}. */
final class TFModelWriter extends MLWriter {
    private static final String MODEL = "model";

    private final TFModel stage;

    TFModelWriter(TFModel stage) {
        this.stage = stage;
    }

    @Override
    public void saveImpl(String path) {
        Configuration conf = sparkSession().sparkContext().hadoopConfiguration();
        ModelSource source = ModelInfo.of(stage, conf).source(); // what is no model is not saved
        Path target = new Path(path, MODEL);
        boolean numbered = stage.getVersions().equals(ModelVersions.LATEST)
                || !stage.getVersionCol().isEmpty(); // of these the number counts
        copy(source, numbered ? new Path(target, new Path(source.path()).getName()) : target, conf);
        stage.provenance(conf).ifPresent(provenance -> provenance.writeTo(new Path(path, Provenance.FILE), conf));
        // Last: a folder with metadata is a whole stage.
        DefaultParamsWriter.saveMetadata(stage, path, sparkSession().sparkContext(), Option.empty(), Option.empty());
    }

    private static void copy(ModelSource source, Path target, Configuration conf) {
        Path from = new Path(source.path());
        for (Part part : source.parts()) {
            Path file = part.name().isEmpty() ? from : new Path(from, part.name());
            Path copy = new Path(target, part.name().isEmpty() ? from.getName() : part.name());
            try (InputStream in = file.getFileSystem(conf).open(file);
                    OutputStream out = copy.getFileSystem(conf).create(copy, true)) {
                long bytes = in.transferTo(out);
                if (bytes != part.bytes()) {
                    throw new IllegalStateException(file + " had " + part.bytes() + " bytes and now has " + bytes
                            + "; it is being written, save the stage again later");
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot copy " + file + " to " + copy + ": " + e, e);
            }
        }
    }

    /** Reads what the writer wrote; the stage then has its model in its own folder. */
    static final class Reader extends MLReader<TFModel> {
        @Override
        public TFModel load(String path) {
            DefaultParamsReader.Metadata metadata =
                    DefaultParamsReader.loadMetadata(path, sparkSession().sparkContext(), TFModel.class.getName());
            TFModel stage = new TFModel(metadata.uid());
            metadata.getAndSetParams(stage, Option.empty());
            Configuration conf = sparkSession().sparkContext().hadoopConfiguration();
            Path model = new Path(path, MODEL);
            if (stage.isSet(stage.frozenGraph())) {
                String name = new Path(stage.getOrDefault(stage.frozenGraph())).getName();
                stage.setFrozenGraph(new Path(model, name).toString());
            } else {
                stage.setExportDir(model.toString());
                stage.clear(stage.modelDir()); // what was a checkpoint is a SavedModel now
            }
            Provenance.readFrom(new Path(path, Provenance.FILE), conf).ifPresent(stage::setProvenance);
            return stage;
        }
    }
}
