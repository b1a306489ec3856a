package io.tfcluster.estimator;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import scala.Option;

/**
 * A saved {@link TFEstimator}: Spark's own metadata, and beside it the functions.
 *
 * <pre>
 *  FOLDER/metadata/part-00000   class, uid, Params as JSON, as all stages of Spark have it
 *  FOLDER/functions             model or main function and optimizer by Java serialization: load only what you trust
 * </pre>
 */
final class EstimatorFiles {
    private static final String FUNCTIONS = "functions";

    private EstimatorFiles() {}

    static final class Writer extends MLWriter {
        private final TFEstimator stage;

        Writer(TFEstimator stage) {
            this.stage = stage;
        }

        @Override
        public void saveImpl(String path) {
            byte[] functions = stage.work().bytes(); // before anything is written
            DefaultParamsWriter.saveMetadata(stage, path, sc(), Option.empty(), Option.empty());
            Path file = new Path(path, FUNCTIONS);
            try {
                FileSystem fs = file.getFileSystem(sc().hadoopConfiguration());
                try (FSDataOutputStream out = fs.create(file, false)) {
                    out.write(functions);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
            }
        }
    }

    static final class Reader extends MLReader<TFEstimator> {
        @Override
        public TFEstimator load(String path) {
            DefaultParamsReader.Metadata metadata =
                    DefaultParamsReader.loadMetadata(path, sc(), TFEstimator.class.getName());
            Path file = new Path(path, FUNCTIONS);
            Work work = Work.of(bytes(file, sc().hadoopConfiguration()), file.toString());
            TFEstimator stage = new TFEstimator(metadata.uid(), work);
            metadata.getAndSetParams(stage, Option.empty());
            return stage;
        }

        private static byte[] bytes(Path file, Configuration hadoop) {
            try {
                FileSystem fs = file.getFileSystem(hadoop);
                try (FSDataInputStream in = fs.open(file)) {
                    return in.readAllBytes();
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
            }
        }
    }
}
