package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.tfcluster.estimator.ImageFeaturizer;
import io.tfcluster.estimator.ObjectDetector;
import io.tfcluster.estimator.ReadAhead;
import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageCropper;
import io.tfcluster.estimator.image.ImageTransformer;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.Seq;

/** The pipeline itself, stage by stage: from picture files to the features of what is in them. */
final class ObjectPipeline {

    private static final String PICTURE = "picture";
    private static final String OBJECT = "object";
    private static final String NULL = "null";

    /** So many boxes are kept of a picture; the first one is cut out. */
    private static final int BOXES = 10;

    /** Of a picture that is searched for so many boxes count, and those down to this share of the threshold. */
    private static final int CANDIDATES = 4;

    private static final double DOUBTFUL = 0.75;

    private final Networks networks;
    private final int batchSize;
    private final int threads;
    private final int readers;

    /**
     * Makes it.
     *
     * @param batchSize pictures of a run of a network
     * @param threads of a network's session, 0 for as many as an executor has cores
     * @param readers partitions that a task reads at a time, while it computes; 0: it reads its own, and computes after that
     */
    ObjectPipeline(Networks networks, int batchSize, int threads, int readers) {
        this.networks = networks;
        this.batchSize = batchSize;
        this.threads = threads;
        this.readers = readers;
    }

    /**
     * Returns the pictures with what was found in them; a picture that cannot be used has a reason and no features.
     *
     * @param files as {@link Pictures#read} gives them
     * @return all columns that are written, but for the code
     */
    Dataset<Row> transform(Dataset<Row> files, StageCounts counts) {
        return featured(searched(files, counts, networks.score(), BOXES), counts);
    }

    /**
     * Returns several rows for each picture: one for each of its likeliest objects, those included that are a little less sure than the threshold,
     * and one for it as a whole. For what is searched for: another size or compression may lift a box over the threshold, or sink it, and the
     * picture that it was made from is found all the same.
     */
    Dataset<Row> candidates(Dataset<Row> files, StageCounts counts) {
        Dataset<Row> searched = searched(files, counts, networks.score() * DOUBTFUL, CANDIDATES);
        Column whole = array(lit(null).cast(Columns.BOX_TYPE));
        Column all = coalesce(concat(col(Columns.BOXES), whole), whole);
        return featured(searched.withColumn(Columns.BOX, explode(all)), counts);
    }

    private Dataset<Row> searched(Dataset<Row> files, StageCounts counts, double score, int boxes) {
        Dataset<Row> read =
                readers == 0 ? files : new ReadAhead().setReaders(readers).transform(files);
        // Each picture is decoded here, once; the stages below take it from the column.
        Dataset<Row> decoded = new ImageTransformer()
                .setInputCol(Pictures.IMAGE)
                .setOutputCol(PICTURE)
                .setChain(ImageChain.decode())
                .setOutputType("image")
                .setIdCol(Pictures.ID)
                .setOnError(NULL)
                .setErrorCol("undecoded")
                .transform(counts.count(read, StageCounts.Stage.READ, col(Pictures.IMAGE)))
                .drop(Pictures.IMAGE);
        Dataset<Row> usable = counts.count(decoded, StageCounts.Stage.DECODED, col(PICTURE));
        Dataset<Row> detected = ObjectDetector.ssd(networks.detector(), networks.labelMap())
                .setInputCol(PICTURE)
                .setOutputCol(Columns.BOXES)
                .setBestCol(Columns.BOX)
                .setScoreThreshold(score)
                .setMaxBoxes(boxes)
                .setBatchSize(batchSize)
                .setThreads(threads)
                .setIdCol(Pictures.ID)
                .setOnError(NULL)
                .setErrorCol("unsearched")
                .transform(usable);
        return counts.count(
                counts.count(detected, StageCounts.Stage.SEARCHED, col(Columns.BOXES)),
                StageCounts.Stage.FOUND,
                col(Columns.BOX));
    }

    private Dataset<Row> featured(Dataset<Row> found, StageCounts counts) {
        Dataset<Row> cropped = new ImageCropper()
                .setInputCol(PICTURE)
                .setBoxCol(Columns.BOX)
                .setMargin(networks.margin())
                .setWithoutBox("whole")
                .setOutputCol(OBJECT)
                .setOutputType("image")
                .setIdCol(Pictures.ID)
                .setOnError(NULL)
                .setErrorCol("uncut")
                .transform(found)
                .withColumn(Columns.WIDTH, col(PICTURE + ".width"))
                .withColumn(Columns.HEIGHT, col(PICTURE + ".height"))
                .drop(PICTURE);
        Dataset<Row> featured = new ImageFeaturizer()
                .setFrozenGraph(networks.network())
                .setInputCol(OBJECT)
                .setOutputTensor(networks.tensor())
                .setPixelRange(networks.range())
                .setOutputCol("vector")
                .setFit("stretch")
                .setBatchSize(batchSize)
                .setThreads(threads)
                .setIdCol(Pictures.ID)
                .setOnError(NULL)
                .setErrorCol("unfeatured")
                .transform(cropped)
                .drop(OBJECT);
        Column reason = coalesce(col("undecoded"), col("unsearched"), col("uncut"), col("unfeatured"));
        return counts.count(featured, StageCounts.Stage.FEATURED, col("vector"))
                .select(
                        col(Pictures.ID),
                        col(Pictures.PLACE),
                        col(Pictures.LABEL),
                        col(Columns.WIDTH),
                        col(Columns.HEIGHT),
                        col(Columns.BOXES),
                        col(Columns.BOX),
                        name(col(Columns.BOX)).as(Columns.CLASS),
                        col(Columns.BOX + "." + Columns.SCORE).as(Columns.SCORE),
                        values(col("vector")).as(Columns.VALUES),
                        reason.as(Columns.REASON));
    }

    /** What a box is: its label, or its number where the detector came without names. */
    private static Column name(Column box) {
        return when(
                box.isNotNull(),
                coalesce(box.getField("label"), box.getField("classId").cast("string")));
    }

    private static Column values(Column vector) {
        UDF1<Vector, float[]> floats = value -> {
            float[] values = new float[value.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) value.apply(i);
            }
            return values;
        };
        return when(
                vector.isNotNull(),
                udf(floats, DataTypes.createArrayType(DataTypes.FloatType, false))
                        .apply(vector));
    }

    /** The code of features, by a function that travels to the tasks. */
    static Column code(BinaryCode code, Column values) {
        UDF1<Seq<Float>, byte[]> encode = features -> {
            float[] floats = new float[features.size()];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = features.apply(i);
            }
            return code.encode(floats);
        };
        return udf(encode, DataTypes.BinaryType).apply(values);
    }
}
