package io.tfcluster.records;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.NullWritable;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.Tuple2;

/** Writes a DataFrame: columns are checked first, then the folder, then Spark's and Hadoop's own commit protocol runs. */
final class WriteJob {
    private final Dataset<Row> rows;
    private final String path;
    private final TFRecordOptions options;

    WriteJob(Dataset<Row> rows, String path, TFRecordOptions options) {
        this.rows = rows;
        this.path = path;
        this.options = options;
    }

    void run() {
        RowEncoder encoder = new RowEncoder(rows.schema(), options.recordType());
        Configuration conf = rows.sparkSession().sessionState().newHadoopConf();
        Path target;
        try {
            Path given = new Path(path);
            FileSystem fs = given.getFileSystem(conf);
            target = fs.makeQualified(given);
            if (!makeRoom(fs, target)) {
                return;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + path + ": " + e.getMessage(), e);
        }
        TFRecordOutputFormat.configure(conf, UUID.randomUUID().toString(), options.compression());
        PairFlatMapFunction<Iterator<InternalRow>, byte[], NullWritable> records = encoding(encoder);
        try {
            rows.queryExecution()
                    .toRdd()
                    .toJavaRDD()
                    .mapPartitionsToPair(records)
                    .saveAsNewAPIHadoopFile(
                            target.toString(), byte[].class, NullWritable.class, TFRecordOutputFormat.class, conf);
        } catch (Exception e) { // Scala throws checked exceptions that no signature tells
            removeIfEmpty(target, conf, e);
            throw TFRecordException.ofJob("the Spark job that writes " + path, e);
        }
    }

    /** What a failed job leaves: a folder that would be in the way of the next attempt. */
    private static void removeIfEmpty(Path target, Configuration conf, Exception failure) {
        try {
            FileSystem fs = target.getFileSystem(conf);
            if (fs.exists(target) && fs.listStatus(target).length == 0) {
                fs.delete(target, false); // refused if something came in between
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static PairFlatMapFunction<Iterator<InternalRow>, byte[], NullWritable> encoding(RowEncoder encoder) {
        return partition -> new Encoding(encoder, partition);
    }

    /** Whether there is anything to do. */
    private boolean makeRoom(FileSystem fs, Path target) throws IOException {
        if (!fs.exists(target) || options.saveMode() == SaveMode.Append) {
            return true;
        }
        switch (options.saveMode()) {
            case Ignore -> {
                return false;
            }
            case Overwrite -> {
                checkNotReadFrom(fs, target);
                if (!fs.delete(target, true)) {
                    throw new IOException("the file system did not delete it, nor say why");
                }
                return true;
            }
            default ->
                throw new IllegalArgumentException(
                        path + " is there already; write elsewhere, or set saveMode to Overwrite or Append");
        }
    }

    private void checkNotReadFrom(FileSystem fs, Path target) {
        String folder = target.toString() + "/";
        boolean reads = Stream.of(rows.inputFiles())
                .map(file -> fs.makeQualified(new Path(file)).toString() + "/")
                .anyMatch(file -> file.startsWith(folder));
        if (reads) {
            throw new IllegalArgumentException("the rows are read from " + path
                    + ", which would be deleted before they are; write elsewhere, then rename");
        }
    }

    /** The records of a partition, each made when it is asked for. */
    private static final class Encoding implements Iterator<Tuple2<byte[], NullWritable>> {
        private final RowEncoder encoder;
        private final Iterator<InternalRow> rows;
        private long row = -1;

        Encoding(RowEncoder encoder, Iterator<InternalRow> rows) {
            this.encoder = encoder;
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            return rows.hasNext();
        }

        @Override
        public Tuple2<byte[], NullWritable> next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no row after " + row);
            }
            InternalRow next = rows.next();
            row++;
            try {
                return new Tuple2<>(encoder.encode(next), NullWritable.get());
            } catch (IllegalArgumentException e) {
                throw new TFRecordException(
                        "row " + row + " of partition " + TaskContext.getPartitionId() + ": " + e.getMessage(),
                        null,
                        -1,
                        e);
            }
        }
    }
}
