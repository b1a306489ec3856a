package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.xxhash64;

import io.tfcluster.examples.objectfeatures.Pictures.Known;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Cuts the list of pictures that are still to be done into batches, in an order that looks like chance and is the same in every run. The driver
 * holds a partition of the list at a time.
 */
final class Batches implements Iterator<List<Known>> {

    private final Iterator<Row> rows;
    private final int size;
    private final boolean byPlace;
    private List<Known> held = new ArrayList<>();

    private Batches(Iterator<Row> rows, int size, boolean byPlace) {
        this.rows = rows;
        this.size = size;
        this.byPlace = byPlace;
    }

    /**
     * Begins.
     *
     * @param todo id and place
     * @param size pictures of a batch
     * @param byPlace whether the pictures of one place stay together, however many they are
     */
    static Batches of(Dataset<Row> todo, int size, boolean byPlace) {
        Column id = col(Pictures.ID);
        Column place = col(Pictures.PLACE);
        Dataset<Row> ordered = byPlace ? todo.orderBy(xxhash64(place), place, id) : todo.orderBy(xxhash64(id), id);
        return new Batches(ordered.select(id, place).toLocalIterator(), size, byPlace);
    }

    @Override
    public boolean hasNext() {
        return !held.isEmpty() || rows.hasNext();
    }

    @Override
    public List<Known> next() {
        if (!hasNext()) {
            throw new NoSuchElementException("no picture is left");
        }
        List<Known> batch = held;
        held = new ArrayList<>();
        while (rows.hasNext()) {
            Row row = rows.next();
            Known known = new Known(row.getString(0), row.getString(1));
            boolean full = batch.size() >= size;
            if (full
                    && !(byPlace
                            && known.place().equals(batch.get(batch.size() - 1).place()))) {
                held.add(known);
                break;
            }
            batch.add(known);
        }
        return batch;
    }
}
