package io.tfcluster.benchmarks;

import io.tfcluster.feeding.RowEncoder;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * Rows that cost nothing to have: each task makes a few and gives them over and over, so that what is measured is the way from an iterator
 * to the tensor, encoder included, and not the source.
 *
 * @param source what a task makes first
 */
record GeneratedRows(Source source, long rowsPerPartition) implements FlatMapFunction<Iterator<Integer>, Example> {
    /** Makes the prepared rows, on the executor. */
    @FunctionalInterface
    interface Source extends Serializable {
        List<Example> prepared();
    }

    static JavaRDD<Example> of(JavaSparkContext spark, Source source, int partitions, long rowsPerPartition) {
        List<Integer> numbers = IntStream.range(0, partitions).boxed().toList();
        return spark.parallelize(numbers, partitions).mapPartitions(new GeneratedRows(source, rowsPerPartition));
    }

    /** Returns the encoder of a kind, in a form that travels. */
    static RowEncoder<Example> encoder(FeedKind kind) {
        return kind::encode;
    }

    @Override
    public Iterator<Example> call(Iterator<Integer> numbers) {
        return new Repeated(source.prepared().toArray(Example[]::new), rowsPerPartition);
    }

    private static final class Repeated implements Iterator<Example> {
        private final Example[] prepared;
        private final long rows;
        private long next;

        Repeated(Example[] prepared, long rows) {
            this.prepared = prepared;
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            return next < rows;
        }

        @Override
        public Example next() {
            if (next >= rows) {
                throw new NoSuchElementException("the partition has " + rows + " rows");
            }
            return prepared[(int) (next++ % prepared.length)];
        }
    }
}
