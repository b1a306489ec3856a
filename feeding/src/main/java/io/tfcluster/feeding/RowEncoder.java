package io.tfcluster.feeding;

import java.io.Serializable;

/**
 * Turns one row of an RDD into the cells of a {@link FeedSchema}; travels to Spark's tasks and runs there.
 *
 * <pre>{@code
 * RowEncoder<Picture> encoder = (picture, out) -> out.putBytes(picture.pixels()).putLong(picture.label());
 * }</pre>
 *
 * @param <T> the row's type
 */
@FunctionalInterface
public interface RowEncoder<T> extends Serializable {
    /**
     * Writes one cell per column, in the order of the schema.
     *
     * @param out valid during this call only
     */
    void encode(T row, RowWriter out);
}
