package io.tfcluster.estimator;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model's versions, as TensorFlow Serving has them: numbered folders with a SavedModel each, the highest number the newest. */
final class ModelVersions {
    static final String FIXED = "fixed";
    static final String LATEST = "latest";

    private static final Logger log = LoggerFactory.getLogger(ModelVersions.class);
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private ModelVersions() {}

    /** Whether a folder's name is a version's. */
    static boolean isNumber(String name) {
        return NUMBER.matcher(name).matches();
    }

    /**
     * Returns the numbered folders, the newest first, whatever is in them; none if there is no such folder.
     *
     * @throws UncheckedIOException if they cannot be listed
     */
    static List<Path> folders(String base, Configuration conf) {
        Path path = new Path(base);
        try {
            FileSystem files = path.getFileSystem(conf);
            List<Path> numbered = new ArrayList<>();
            for (FileStatus each : files.listStatus(files.makeQualified(path))) {
                if (each.isDirectory() && isNumber(each.getPath().getName())) {
                    numbered.add(each.getPath());
                }
            }
            numbered.sort(Comparator.comparing((Path each) -> Long.parseLong(each.getName()))
                    .reversed());
            return numbered;
        } catch (FileNotFoundException e) {
            return List.of(); // an executor may not see the driver's disk
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the versions in " + base + ": " + e, e);
        }
    }

    /**
     * Returns the version, if it is whole: one that is being written, or deleted, is not.
     *
     * @throws UncheckedIOException if it cannot be listed
     */
    static Optional<ModelSource> whole(Path version, List<String> tags, Configuration conf) {
        try {
            return Optional.of(ModelFiles.savedModel(version.toString(), tags, conf));
        } catch (IllegalArgumentException e) {
            log.debug("{} is not whole", version, e);
            return Optional.empty();
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof FileNotFoundException) {
                return Optional.empty(); // it went while it was listed
            }
            throw e;
        }
    }

    /**
     * Plans, on the driver, with the stage's model; where versions are watched, with the newest whole one that fits.
     *
     * @throws IllegalArgumentException if the schema does not fit the model, or none of its versions
     */
    static TransformPlan plan(TFModel stage, StructType schema, Configuration conf) {
        if (!stage.getVersions().equals(LATEST)) {
            return TransformPlanner.plan(stage, ModelInfo.of(stage, conf), schema);
        }
        ModelInfo.check(stage);
        IllegalArgumentException first = null;
        for (Path version : folders(stage.getExportDir(), conf)) {
            Optional<ModelSource> whole = whole(version, ModelInfo.tags(stage), conf);
            if (whole.isPresent()) {
                try {
                    ModelInfo info = ModelInfo.savedModel(whole.get(), stage.getSignatureDefKey(), conf);
                    TransformPlan plan = TransformPlanner.plan(stage, info, schema);
                    if (first != null) {
                        log.warn("{} is taken, since the newer ones do not fit", whole.get(), first);
                    }
                    return plan;
                } catch (IllegalArgumentException e) {
                    first = first == null ? e : first;
                }
            }
        }
        throw first != null ? first : none(stage.getExportDir(), conf);
    }

    private static IllegalArgumentException none(String base, Configuration conf) {
        List<Path> numbered = folders(base, conf);
        return new IllegalArgumentException("versions is \"latest\", but " + base + " has "
                + (numbered.isEmpty()
                        ? "no numbered folders"
                        : "no whole SavedModel in "
                                + numbered.stream().map(Path::getName).limit(5).toList())
                + "; export into folders such as " + base + "/1, or set versions to \"fixed\" for one SavedModel");
    }
}
