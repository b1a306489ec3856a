package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.split;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.when;

import io.tfcluster.estimator.image.ImageReader;
import io.tfcluster.examples.common.ExampleException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Files in a folder of any depth, on any Hadoop file system. The id is the path below the folder; the label the folder a file lies in. */
final class FolderPictures implements Pictures {

    private static final StructType CONTENT =
            new StructType().add("path", DataTypes.StringType).add("content", DataTypes.BinaryType);

    private final SparkSession spark;
    private final String folder;

    /** Files without a byte, as the last listing found them. */
    private Set<String> empty = Set.of();

    private FolderPictures(SparkSession spark, String folder) {
        this.spark = spark;
        this.folder = folder;
    }

    static FolderPictures of(SparkSession spark, String folder) {
        Path path = new Path(folder);
        try {
            FileSystem files = path.getFileSystem(spark.sessionState().newHadoopConf());
            Path whole = files.makeQualified(path);
            if (!files.getFileStatus(whole).isDirectory()) {
                throw new ExampleException(
                        folder + " is a file; name a folder of pictures, or Parquet files by --parquet");
            }
            return new FolderPictures(spark, whole.toString());
        } catch (FileNotFoundException e) {
            throw new ExampleException(folder + " does not exist; name a folder of pictures", e);
        } catch (IOException e) {
            throw new ExampleException("cannot look at " + folder + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Dataset<Row> known() {
        // Only names are listed: Spark reads no content that nobody asks for.
        Dataset<Row> listed = ImageReader.of(spark).load(escaped(folder));
        Dataset<Row> known = listed.select(id().as(ID), col(ImageReader.PATH).as(PLACE));
        String[] all = listed.inputFiles();
        if (all.length == known.count()) {
            return known;
        }
        // Spark passes over files without a byte. They are pictures that cannot be used, and it is said why.
        Dataset<Row> paths = spark.createDataset(
                        Arrays.stream(all).map(FolderPictures::decoded).toList(), Encoders.STRING())
                .toDF("path")
                .join(known.select(col(PLACE).as("path")), new String[] {"path"}, "left_anti");
        empty = Set.copyOf(paths.as(Encoders.STRING()).collectAsList());
        return known.union(paths.select(id().as(ID), col("path").as(PLACE)));
    }

    private static String decoded(String uri) {
        return new Path(URI.create(uri)).toString();
    }

    @Override
    public boolean byPlace() {
        return false;
    }

    @Override
    public Dataset<Row> read(List<Known> pictures) {
        List<String> places = pictures.stream().map(Known::place).toList();
        String[] paths = places.stream()
                .filter(place -> !empty.contains(place))
                .map(FolderPictures::escaped)
                .toArray(String[]::new);
        List<Row> nothing = places.stream()
                .filter(empty::contains)
                .map(place -> RowFactory.create(place, new byte[0]))
                .toList();
        Dataset<Row> without = spark.createDataFrame(nothing, CONTENT);
        if (paths.length == 0) {
            return named(without);
        }
        Dataset<Row> files = spark.read().format("binaryFile").load(paths).select("path", "content");
        return named(nothing.isEmpty() ? files : files.union(without));
    }

    private Dataset<Row> named(Dataset<Row> files) {
        Column parts = split(id(), "/");
        return files.select(
                id().as(ID),
                col("path").as(PLACE),
                when(size(parts).gt(1), element_at(parts, -2)).as(LABEL),
                col("content").as(IMAGE));
    }

    private Column id() {
        String prefix = folder.endsWith("/") ? folder : folder + "/";
        return when(col("path").startsWith(prefix), substring(col("path"), prefix.length() + 1, Integer.MAX_VALUE))
                .otherwise(col("path"));
    }

    /** Spark takes paths for patterns; these are none. */
    private static String escaped(String path) {
        return path.replaceAll("([\\\\{}\\[\\]*?])", "\\\\$1");
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
