package io.tfcluster.records;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/**
 * A list of files, cut into one part for each worker: every file in exactly one part, parts of about the same number of bytes.
 *
 * <p>Immutable and serializable. Make it on the driver and give it to the main function as its argument: then all nodes cut the same list.
 * Nodes that list the folder themselves get the same parts only as long as no file comes or goes in between.
 *
 * <p>Parts are numbered among all nodes that train, as {@code NodeContext.rank()} numbers them.
 *
 * <pre>{@code
 * FileShards shards = FileShards.list(spark.sparkContext().hadoopConfiguration(), "hdfs:///photos/train");
 * shards.shard(0, 4); // fails here, on the driver, if there are not files for 4 workers
 * TFCluster.run(spark, Main::main, shards, config);
 *
 * static void main(FileShards shards, NodeContext ctx) {
 *     List<String> files = shards.shard(ctx.rank(), ctx.numWorkers());
 *     ...
 * }
 * }</pre>
 */
public final class FileShards implements Serializable {
    private final String source;
    private final List<DataFile> files;

    private FileShards(String source, List<DataFile> files) {
        this.source = source;
        this.files = files;
    }

    /**
     * Lists files on any Hadoop file system: those named, those that match a pattern ({@code part-*}, {@code {train,more}/2024-??}), and those
     * in folders, at any depth. Files whose name, or whose folder's name below the one given, begins with {@code _} or a dot are left out. A file
     * found twice counts once.
     *
     * @throws IllegalArgumentException if there is nothing at one of the paths, or no file in all of them
     * @throws java.io.UncheckedIOException if a path cannot be listed
     */
    public static FileShards list(Configuration conf, String... paths) {
        List<DataFile> files = DataFiles.list(conf, List.of(paths));
        String source = String.join(", ", paths);
        if (files.isEmpty()) {
            throw new IllegalArgumentException("no data files in " + source);
        }
        return new FileShards(source, files);
    }

    /** Returns all files, in the order of their names. */
    public List<String> files() {
        return files.stream().map(DataFile::path).toList();
    }

    /** Returns the bytes of all files together. */
    public long bytes() {
        return files.stream().mapToLong(DataFile::bytes).sum();
    }

    /**
     * Returns the files of one worker, in the order of their names; at least one.
     *
     * @param index the worker's number, from 0
     * @param count how many workers there are
     * @throws IllegalArgumentException if there are fewer files than workers, or no such worker
     */
    public List<String> shard(int index, int count) {
        checkWorker(index, count);
        if (files.size() < count) {
            throw new IllegalArgumentException(files.size() + " files in " + source + " for " + count
                    + " workers: some would have nothing to read. Write more files (df.repartition(" + count
                    + ")), take fewer workers, or let shardOrEmpty give some of them none");
        }
        return cut(count).get(index);
    }

    /**
     * Returns the files of one worker, in the order of their names; none if there are fewer files than workers.
     *
     * @param index the worker's number, from 0
     * @param count how many workers there are
     * @throws IllegalArgumentException if there is no such worker
     */
    public List<String> shardOrEmpty(int index, int count) {
        checkWorker(index, count);
        return cut(count).get(index);
    }

    private static void checkWorker(int index, int count) {
        if (count < 1 || index < 0 || index >= count) {
            throw new IllegalArgumentException("no worker " + index + " among " + count
                    + "; workers are numbered from 0 among all nodes that train");
        }
    }

    private record Load(long bytes, int count, int index) {}

    /** Largest file first, each to the worker with the fewest bytes so far; then files, so that empty ones are spread too. */
    private List<List<String>> cut(int count) {
        List<List<String>> parts = new ArrayList<>();
        PriorityQueue<Load> loads = new PriorityQueue<>(Comparator.comparingLong(Load::bytes)
                .thenComparingInt(Load::count)
                .thenComparingInt(Load::index));
        IntStream.range(0, count).forEach(index -> {
            parts.add(new ArrayList<>());
            loads.add(new Load(0, 0, index));
        });
        List<DataFile> largestFirst = files.stream()
                .sorted(Comparator.comparingLong(DataFile::bytes).reversed().thenComparing(DataFile::path))
                .toList();
        for (DataFile file : largestFirst) {
            Load least = loads.remove();
            parts.get(least.index()).add(file.path());
            loads.add(new Load(least.bytes() + file.bytes(), least.count() + 1, least.index()));
        }
        parts.forEach(part -> part.sort(Comparator.naturalOrder()));
        return parts;
    }

    @Override
    public String toString() {
        return files.size() + " files, " + bytes() + " bytes, in " + source;
    }
}
