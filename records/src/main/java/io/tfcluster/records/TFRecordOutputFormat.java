package io.tfcluster.records;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.RecordWriter;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;

/**
 * One file for each task, under the committer's protection: files of attempts that fail or lose never show. Public because Hadoop makes it by its
 * name; use {@link TFRecords#write}.
 */
public final class TFRecordOutputFormat extends FileOutputFormat<byte[], NullWritable> {
    private static final String PREFIX = "tfcluster.records.write.";
    private static final String ID = PREFIX + "id";
    private static final String COMPRESSION = PREFIX + "compression";

    /** Made by Hadoop. */
    public TFRecordOutputFormat() {}

    static void configure(Configuration conf, String id, Compression compression) {
        conf.set(ID, id);
        conf.set(COMPRESSION, compression.name());
    }

    /** Checks nothing: whether the folder may be there is a matter of the save mode, and was looked at before. */
    @Override
    public void checkOutputSpecs(JobContext job) {}

    @Override
    public RecordWriter<byte[], NullWritable> getRecordWriter(TaskAttemptContext task) throws IOException {
        Configuration conf = task.getConfiguration();
        Compression compression = Compression.valueOf(conf.get(COMPRESSION, Compression.NONE.name()));
        String name = "part-%05d-%s%s"
                .formatted(task.getTaskAttemptID().getTaskID().getId(), conf.get(ID, ""), compression.extension());
        Path file = new Path(((PathOutputCommitter) getOutputCommitter(task)).getWorkPath(), name);
        TFRecordWriter writer =
                TFRecordWriter.over(file.toString(), file.getFileSystem(conf).create(file, false), compression);
        return new RecordWriter<>() {
            @Override
            public void write(byte[] record, NullWritable nothing) {
                writer.write(record);
            }

            @Override
            public void close(TaskAttemptContext context) {
                writer.close();
            }
        };
    }
}
