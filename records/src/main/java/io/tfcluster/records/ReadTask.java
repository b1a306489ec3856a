package io.tfcluster.records;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/** The part of a reading job that runs on executors: one record after the other of a few files. */
record ReadTask(Broadcast<SerializableConfiguration> conf, TFRecordOptions options) implements Serializable {
    /** What becomes of a record. */
    @FunctionalInterface
    interface Use<T> {
        T of(byte[] record, String file, long number) throws InvalidProtocolBufferException;
    }

    Iterator<InternalRow> rows(Iterator<List<DataFile>> groups, RowDecoder decoder) {
        return new Records<>(groups, (record, file, number) -> decoder.decode(record));
    }

    Iterator<SchemaFacts> facts(Iterator<List<DataFile>> groups) {
        SchemaFacts facts = new SchemaFacts();
        Records<SchemaFacts> records = new Records<>(groups, (record, file, number) -> {
            facts.add(record, options.recordType(), file, number);
            return facts;
        });
        records.forEachRemaining(ignored -> {});
        return List.of(facts).iterator();
    }

    private final class Records<T> implements Iterator<T> {
        private final Iterator<DataFile> files;
        private final Use<T> use;
        private @Nullable TFRecordReader reader;
        private String file = "";

        Records(Iterator<List<DataFile>> groups, Use<T> use) {
            List<DataFile> all = new ArrayList<>();
            groups.forEachRemaining(all::addAll);
            this.files = all.iterator();
            this.use = use;
            TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> closeReader());
        }

        @Override
        public boolean hasNext() {
            while (reader == null || !reader.hasNext()) {
                closeReader();
                if (!files.hasNext()) {
                    return false;
                }
                file = files.next().path();
                reader = TFRecordReader.open(file, conf.value().value(), options);
            }
            return true;
        }

        @Override
        public T next() {
            if (!hasNext() || reader == null) {
                throw new NoSuchElementException("no more records");
            }
            byte[] record = reader.next();
            try {
                return use.of(record, file, reader.record());
            } catch (InvalidProtocolBufferException e) {
                throw refused(
                        "is no " + options.recordType().optionName() + " (" + e.getMessage()
                                + "); set recordType to what the file holds",
                        e);
            } catch (IllegalArgumentException e) {
                throw refused(String.valueOf(e.getMessage()), e);
            }
        }

        private TFRecordException refused(String why, Exception cause) {
            long number = reader == null ? -1 : reader.record();
            return new TFRecordException("record " + number + " of " + file + ": " + why, file, number, cause);
        }

        private void closeReader() {
            TFRecordReader open = reader;
            reader = null;
            if (open != null) {
                open.close();
            }
        }
    }
}
