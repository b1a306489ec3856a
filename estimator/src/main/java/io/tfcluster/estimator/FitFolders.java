package io.tfcluster.estimator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Where one training has its files, as URIs that driver and processes read alike.
 *
 * @param export where the SavedModel goes; not there yet, or empty
 * @param temporary whether nobody has named a place for it, so that it is deleted with this process
 * @param checkpoints where the training is saved, if it is
 * @param records where its rows are written as files, if they are
 * @param hadoop the application's settings for Hadoop
 */
record FitFolders(
        String export,
        boolean temporary,
        Optional<String> checkpoints,
        Optional<String> records,
        Map<String, String> hadoop) {
    private static final Logger log = LoggerFactory.getLogger(FitFolders.class);
    private static final String HADOOP = "spark.hadoop.";

    /**
     * Looks at the folders, before anything is started.
     *
     * @param trial whether this is one training of several with the same Params: then each has folders of its own below those that are set
     * @throws IllegalArgumentException if one of them has something in it that would be mixed up
     */
    static FitFolders of(TFEstimator estimator, SparkContext sc, boolean trial) {
        Configuration conf = sc.hadoopConfiguration();
        String own = "fit-"
                + HexFormat.of().toHexDigits(new SecureRandom().nextLong()).substring(0, 8);
        Optional<String> checkpoints = set(estimator, "modelDir").map(dir -> whole(dir, trial ? own : "", conf));
        Optional<String> named = set(estimator, "exportDir").map(dir -> whole(dir, trial ? own : "", conf));
        boolean temporary = named.isEmpty() && checkpoints.isEmpty();
        String export = named.orElseGet(() -> unnamed(estimator, checkpoints, own, conf));
        Optional<String> records = set(estimator, "tfrecordDir").map(dir -> whole(dir, trial ? own : "", conf));
        checkEmpty("exportDir", export, conf);
        records.ifPresent(dir -> checkEmpty("tfrecordDir", dir, conf));
        checkpoints.filter(dir -> !estimator.getResume()).ifPresent(dir -> checkNoCheckpoint(dir, conf));
        return new FitFolders(export, temporary, checkpoints, records, hadoop(sc));
    }

    private static Optional<String> set(TFEstimator estimator, String param) {
        return estimator.isSet(estimator.getParam(param))
                ? Optional.of((String) estimator.getOrDefault(estimator.getParam(param)))
                : Optional.empty();
    }

    private static String unnamed(TFEstimator estimator, Optional<String> checkpoints, String own, Configuration conf) {
        if (checkpoints.isPresent()) {
            String export = whole(checkpoints.get() + "/export", own, conf);
            log.info("{} has no exportDir; its SavedModel goes to {}", estimator.uid(), export);
            return export;
        }
        boolean local = "file".equals(FileSystem.getDefaultUri(conf).getScheme());
        String export = whole(local ? System.getProperty("java.io.tmpdir") : "/tmp", "tfcluster-" + own, conf);
        log.info(
                "{} has no exportDir; its SavedModel goes to {} until this program ends: save the model to keep it",
                estimator.uid(),
                export);
        return export;
    }

    private static String whole(String folder, String below, Configuration conf) {
        Path path = below.isEmpty() ? new Path(folder) : new Path(folder, below);
        try {
            return path.getFileSystem(conf).makeQualified(path).toString();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + path + ": " + e.getMessage(), e);
        }
    }

    private static void checkEmpty(String param, String folder, Configuration conf) {
        if (list(folder, conf).length > 0) {
            throw new IllegalArgumentException(param + " " + folder
                    + " has something in it already; nothing there is overwritten, name another or delete it");
        }
    }

    private static void checkNoCheckpoint(String folder, Configuration conf) {
        for (FileStatus entry : list(folder, conf)) {
            if (entry.getPath().getName().matches("ckpt-[0-9]+")) {
                throw new IllegalArgumentException("modelDir " + folder + " has checkpoints of another training, "
                        + entry.getPath().getName()
                        + " for one; go on from them with setResume(true), or name another folder");
            }
        }
    }

    private static FileStatus[] list(String folder, Configuration conf) {
        Path path = new Path(folder);
        try {
            FileSystem fs = path.getFileSystem(conf);
            return fs.exists(path) ? fs.listStatus(path) : new FileStatus[0];
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Returns whether there is a SavedModel now; one in a temporary folder is deleted when this process ends. */
    boolean exported(Configuration conf) {
        for (FileStatus entry : list(export, conf)) {
            if (entry.getPath().getName().startsWith("saved_model.pb")) {
                if (temporary) {
                    deleteOnExit(conf);
                }
                return true;
            }
        }
        return false;
    }

    private void deleteOnExit(Configuration conf) {
        Path path = new Path(export);
        try {
            path.getFileSystem(conf).deleteOnExit(path);
        } catch (IOException e) {
            log.warn("{} will stay behind when this program ends", export, e);
        }
    }

    private static Map<String, String> hadoop(SparkContext sc) {
        Map<String, String> settings = new HashMap<>();
        for (Tuple2<String, String> setting : sc.conf().getAll()) {
            if (setting._1().startsWith(HADOOP)) {
                settings.put(setting._1().substring(HADOOP.length()), setting._2());
            }
        }
        return settings;
    }
}
