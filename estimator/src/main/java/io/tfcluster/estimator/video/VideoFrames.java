package io.tfcluster.estimator.video;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.Loader;

/**
 * Gives DataFrames of the frames of films, from files on any Hadoop file system: columns {@code path}, {@code frame} (its number, from 0),
 * {@code time} (seconds from the beginning), {@code image} and {@code videoError}.
 *
 * <p>Made by {@link #of}, set by its methods, used by one thread; films are read when the DataFrame is, each by one task. They are decoded by
 * ffmpeg: {@code org.bytedeco:ffmpeg} 7.1-1.5.11 with the natives of the platform must be on the class path of driver and executors.
 *
 * <pre>{@code
 * Dataset<Row> frames = VideoFrames.of(spark).perSecond(2).load("hdfs:///films/*.mp4");
 * Dataset<Row> seen = new ImageFeaturizer().setInputCol("image").setFrozenGraph(graph).transform(frames);
 * }</pre>
 */
public final class VideoFrames {
    /** The column of paths. */
    public static final String PATH = "path";

    /** The column of frame numbers. */
    public static final String FRAME = "frame";

    /** The column of seconds. */
    public static final String TIME = "time";

    /** The column of pictures: Spark's image struct, or the bytes of JPEG files. */
    public static final String IMAGE = "image";

    /** The column of reasons; null for a frame. */
    public static final String ERROR = "videoError";

    private final SparkSession spark;
    private final double perSecond;
    private final int jpeg;
    private final boolean failing;

    private VideoFrames(SparkSession spark, double perSecond, int jpeg, boolean failing) {
        this.spark = spark;
        this.perSecond = perSecond;
        this.jpeg = jpeg;
        this.failing = failing;
    }

    /** Returns a reader of one frame a second, as pixels, that fails at a film that cannot be read. */
    public static VideoFrames of(SparkSession spark) {
        return new VideoFrames(spark, 1, 0, true);
    }

    /**
     * Returns a reader of so many frames a second: the first ones in each piece of the time.
     *
     * @param frames such as 2, or 0.1 for one in ten seconds; a film with fewer gives all it has
     */
    public VideoFrames perSecond(double frames) {
        if (!(frames > 0) || frames > 1000) {
            throw new IllegalArgumentException(
                    "frames a second must be more than 0, 1000 at most, got " + frames + "; take all with allFrames()");
        }
        return new VideoFrames(spark, frames, jpeg, failing);
    }

    /** Returns a reader of all frames. */
    public VideoFrames allFrames() {
        return new VideoFrames(spark, 0, jpeg, failing);
    }

    /**
     * Returns a reader that gives JPEG files instead of pixels, a tenth of the size or less.
     *
     * @param quality 1 to 100
     */
    public VideoFrames jpeg(int quality) {
        if (quality < 1 || quality > 100) {
            throw new IllegalArgumentException("quality must be 1 to 100, got " + quality);
        }
        return new VideoFrames(spark, perSecond, quality, failing);
    }

    /** Returns a reader that gives a row with the reason in {@code videoError} for a film that is broken, behind the frames before that. */
    public VideoFrames keepGoing() {
        return new VideoFrames(spark, perSecond, jpeg, false);
    }

    /**
     * Finds the films; the DataFrame reads them.
     *
     * @param paths files, folders of them, or patterns such as {@code hdfs:///films/*.mp4}
     * @throws IllegalArgumentException if there are none
     * @throws IllegalStateException if ffmpeg is not on the class path
     */
    public Dataset<Row> load(String... paths) {
        loadFfmpeg();
        Configuration conf = spark.sparkContext().hadoopConfiguration();
        List<String> films = new ArrayList<>();
        for (String path : paths) {
            films.addAll(films(path, conf));
        }
        if (films.isEmpty()) {
            throw new IllegalArgumentException("no films: give files, folders or patterns");
        }
        Collections.sort(films);
        StructType schema = new StructType()
                .add(PATH, DataTypes.StringType, false)
                .add(FRAME, DataTypes.LongType)
                .add(TIME, DataTypes.DoubleType)
                .add(IMAGE, jpeg > 0 ? DataTypes.BinaryType : ImageSchema.columnSchema())
                .add(ERROR, DataTypes.StringType);
        return spark.createDataset(films, Encoders.STRING())
                .repartition(films.size())
                .mapPartitions(
                        new FilmRows(new VideoPlan(perSecond, jpeg, failing, new SerializableConfiguration(conf))),
                        Encoders.row(schema));
    }

    private static List<String> films(String path, Configuration conf) {
        Path given = new Path(path);
        try {
            FileSystem files = given.getFileSystem(conf);
            FileStatus[] found = files.globStatus(given);
            if (found == null || found.length == 0) {
                throw new IllegalArgumentException("no film at " + files.makeQualified(given));
            }
            List<String> films = new ArrayList<>();
            for (FileStatus each : found) {
                FileStatus[] below = each.isDirectory() ? files.listStatus(each.getPath()) : new FileStatus[] {each};
                for (FileStatus file : below) {
                    String name = file.getPath().getName();
                    if (file.isFile() && !name.startsWith(".") && !name.startsWith("_")) {
                        films.add(file.getPath().toString());
                    }
                }
            }
            return films;
        } catch (FileNotFoundException e) {
            throw new IllegalArgumentException("no film at " + path + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the films at " + path + ": " + e, e);
        }
    }

    private static void loadFfmpeg() {
        try {
            Loader.load(avutil.class);
            avutil.av_log_set_level(avutil.AV_LOG_FATAL); // what is wrong is in our own texts
        } catch (LinkageError | RuntimeException e) {
            throw new IllegalStateException(
                    "films are decoded by ffmpeg, which cannot be loaded here (" + e
                            + "). Put org.bytedeco:ffmpeg with its natives, and those of javacpp, on the class path of driver and executors.",
                    e);
        }
    }
}
