package io.tfcluster.examples.objectfeatures;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Pictures where they are. {@link #known} lists them without reading any, {@link #read} reads some; both as often as wanted. Closed by who
 * opened it, with the connections and the server that belong to it.
 */
interface Pictures extends AutoCloseable {

    String ID = "id";
    String PLACE = "place";
    String LABEL = "label";
    String IMAGE = "image";

    /** What can be said of a picture without reading it: its id, and where it lies, which may be empty. */
    record Known(String id, String place) {}

    /** {@link #ID} and {@link #PLACE} of all pictures; an id stands there once. */
    Dataset<Row> known();

    /**
     * Whether pictures of one place must be read together, as those of a Parquet file; then they come one after the other in a run.
     */
    boolean byPlace();

    /** {@link #ID}, {@link #PLACE}, {@link #LABEL} (may be null) and {@link #IMAGE} of these, in any order. */
    Dataset<Row> read(List<Known> pictures);

    @Override
    void close();
}
