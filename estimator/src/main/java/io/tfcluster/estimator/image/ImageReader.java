package io.tfcluster.estimator.image;

import static org.apache.spark.sql.functions.array_position;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.split;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Gives DataFrames with a column {@code image} of picture files, from folders on any Hadoop file system or from any DataFrame that has them
 * under another name.
 *
 * <p>Made by {@link #of}, set by its methods, used by one thread; nothing is read before the DataFrame is.
 *
 * <pre>{@code
 * Dataset<Row> flowers = ImageReader.of(spark).labelsFromFolders().load("hdfs:///flowers"); // flowers/daisy/1.jpg
 * Dataset<Row> documents = ImageReader.column(spark.read().format("mongodb").load(), "picture");
 * }</pre>
 *
 * <p>What Spark reads itself needs no help: the {@code content} of {@code format("binaryFile")} and the {@code image} of
 * {@code format("image")} are columns that {@link ImageTransformer} takes as they are.
 */
public final class ImageReader {

    /** The column of picture files. */
    public static final String IMAGE = "image";

    /** The column of paths. */
    public static final String PATH = "path";

    /** The column of class numbers, with {@link #labelsFromFolders}. */
    public static final String LABEL = "label";

    /** The column of class names, with {@link #labelsFromFolders}. */
    public static final String CLASS_NAME = "className";

    private static final String PICTURES =
            "*.{[jJ][pP][gG],[jJ][pP][eE][gG],[pP][nN][gG],[gG][iI][fF],[bB][mM][pP],[tT][iI][fF],[tT][iI][fF][fF],[wW][eE][bB][pP]}";

    private final SparkSession spark;
    private final String names;
    private final boolean labelled;

    private ImageReader(SparkSession spark, String names, boolean labelled) {
        this.spark = spark;
        this.names = names;
        this.labelled = labelled;
    }

    /**
     * Returns a reader of files whose names end like those of pictures, in folders of any depth.
     *
     * @param spark whose
     * @return a reader
     */
    public static ImageReader of(SparkSession spark) {
        return new ImageReader(spark, PICTURES, false);
    }

    /**
     * Returns a reader that takes other files.
     *
     * @param glob which names, such as {@code *.jpg}, or {@code *} for all files
     * @return a new reader
     */
    public ImageReader names(String glob) {
        return new ImageReader(spark, glob, labelled);
    }

    /**
     * Returns a reader that takes the name of the folder a picture lies in for its class. Classes are numbered from 0 in the order of their
     * names, and the names stand in the label column's metadata, where Spark's IndexToString finds them.
     *
     * @return a new reader
     */
    public ImageReader labelsFromFolders() {
        return new ImageReader(spark, names, true);
    }

    /**
     * Returns the pictures of some folders.
     *
     * @param paths files and folders, or with labels folders that hold one folder for each class; several may hold the same classes
     * @return a row for each file: {@link #PATH}, {@link #IMAGE} (its bytes), and with labels {@link #LABEL} (double) and
     *     {@link #CLASS_NAME}; with labels, what does not lie in a class's folder itself is left out
     * @throws IllegalArgumentException if there is no such folder, or with labels no folder in it
     */
    public Dataset<Row> load(String... paths) {
        if (paths.length == 0) {
            throw new IllegalArgumentException("no path is given; name the folder of the pictures");
        }
        List<String> folders = new ArrayList<>();
        TreeSet<String> classes = new TreeSet<>();
        for (String path : paths) {
            if (labelled) {
                for (Path folder : classFolders(path)) {
                    folders.add(escaped(folder));
                    classes.add(folder.getName());
                }
            } else {
                checkThere(path);
                folders.add(path);
            }
        }
        DataFrameReader reader = spark.read().format("binaryFile").option("pathGlobFilter", names);
        Dataset<Row> files = reader.option("recursiveFileLookup", "true").load(folders.toArray(new String[0]));
        Column image = col("content").as(IMAGE);
        if (!labelled) {
            return files.select(col(PATH), image);
        }
        String[] values = classes.toArray(new String[0]);
        Column name = element_at(split(col(PATH), "/"), -2);
        Column label = array_position(lit(values), name).minus(1).cast("double");
        Metadata nominal = NominalAttribute.defaultAttr()
                .withName(LABEL)
                .withValues(values)
                .toMetadata();
        return files.select(col(PATH), image, label.as(LABEL, nominal), name.as(CLASS_NAME))
                .where(col(LABEL).geq(0));
    }

    /**
     * Returns a DataFrame with its column of pictures renamed to {@code image}: binary of any source (MongoDB, Parquet, TFRecord, Kafka) or
     * Spark's image struct.
     *
     * @param data any
     * @param column the column of pictures; a path such as {@code photo.bytes} takes one out of a struct
     * @return all columns, the pictures as {@code image}
     * @throws IllegalArgumentException if the column is missing or of another type
     */
    public static Dataset<Row> column(Dataset<?> data, String column) {
        StructType schema = data.schema();
        boolean top = Arrays.asList(schema.fieldNames()).contains(column);
        if (!top && !column.contains(".")) {
            throw new IllegalArgumentException(
                    "there is no column \"" + column + "\"; there are " + Arrays.toString(schema.fieldNames()));
        }
        Column pictures = col(top ? "`" + column + "`" : column);
        StructField field = data.select(pictures).schema().apply(0);
        PictureForm.of(column, field.dataType());
        if (top && column.equals(IMAGE)) {
            return data.toDF();
        }
        if (Arrays.asList(schema.fieldNames()).contains(IMAGE)) {
            throw new IllegalArgumentException(
                    "there is a column \"" + IMAGE + "\" already; drop it, or give its name if it holds the pictures");
        }
        return top ? data.withColumnRenamed(column, IMAGE) : data.withColumn(IMAGE, pictures);
    }

    private void checkThere(String path) {
        try {
            FileStatus[] found = fileSystem(path).globStatus(new Path(path));
            if (found == null || found.length == 0) {
                throw new IllegalArgumentException(path + " does not exist; give a folder or a file of pictures");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + path + ": " + e.getMessage(), e);
        }
    }

    private List<Path> classFolders(String path) {
        try {
            FileSystem files = fileSystem(path);
            Path folder = new Path(path);
            if (!files.exists(folder) || !files.getFileStatus(folder).isDirectory()) {
                throw new IllegalArgumentException(
                        path + " is no folder; give one that holds one folder of pictures for each class");
            }
            List<Path> found = Arrays.stream(files.listStatus(folder))
                    .filter(FileStatus::isDirectory)
                    .map(FileStatus::getPath)
                    .filter(inner ->
                            !inner.getName().startsWith(".") && !inner.getName().startsWith("_"))
                    .toList();
            if (found.isEmpty()) {
                throw new IllegalArgumentException(
                        path
                                + " holds no folders, so there are no classes; put the pictures of each class into a folder of its name, or read without labels");
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + path + ": " + e.getMessage(), e);
        }
    }

    private FileSystem fileSystem(String path) throws IOException {
        return new Path(path).getFileSystem(spark.sessionState().newHadoopConf());
    }

    /** Spark takes paths for patterns; folders that were listed are none. */
    private static String escaped(Path path) {
        return path.toString().replaceAll("([\\\\{}\\[\\]*?])", "\\\\$1");
    }
}
