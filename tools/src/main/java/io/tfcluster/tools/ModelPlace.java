package io.tfcluster.tools;

import io.tfcluster.estimator.TFModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Tells the three kinds of models apart by what lies at their place. */
final class ModelPlace {
    private ModelPlace() {}

    static TFModel of(String place, Configuration conf) {
        try {
            Path path = new Path(place);
            FileSystem files = path.getFileSystem(conf);
            if (files.exists(path) && files.getFileStatus(path).isFile()) {
                return new TFModel().setFrozenGraph(place);
            }
            return files.exists(new Path(path, "metadata")) ? TFModel.load(place) : new TFModel().setExportDir(place);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + place + ": " + e.getMessage(), e);
        }
    }
}
