package io.tfcluster.examples.streaming;

import static org.apache.spark.sql.functions.array_repeat;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageTransformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Messages that are the bytes of JPEG, PNG and other picture files, as floats for a network. One that is none gets an error, and a black
 * picture in its place.
 *
 * @param size height and width that the network takes; pictures are stretched
 * @param from what black becomes
 * @param to what white becomes
 */
record PictureRows(int size, double from, double to) {
    static final String COLUMN = "pixels";

    /** Returns the rows with a column {@code pixels}, and {@code _error}, null where the message is a picture. */
    Dataset<Row> read(Dataset<Row> messages) {
        Dataset<Row> read = new ImageTransformer()
                .setInputCol("_value")
                .setOutputCol("_pixels")
                .setChain(ImageChain.decode().resize(size, size).scale(from, to))
                .setOutputType("array")
                .setOnError("null")
                .setErrorCol("_error")
                .transform(messages);
        return read.select(
                col("_message"),
                col("_error"),
                coalesce(col("_pixels"), array_repeat(lit((float) from), size * size * 3))
                        .as(COLUMN));
    }
}
