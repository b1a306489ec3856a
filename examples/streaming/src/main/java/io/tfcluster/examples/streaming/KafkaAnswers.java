package io.tfcluster.examples.streaming;

import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.ForeachWriter;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** Writes answers to a Kafka topic, each once: see {@link AnswerProducer}. Rows are as {@link Answers} makes them. */
final class KafkaAnswers extends ForeachWriter<Row> {
    private static final long serialVersionUID = 1L;

    private final AnswerProducer.Target target;

    @SuppressWarnings("serial") // each task makes its own
    private transient @Nullable AnswerProducer open;

    KafkaAnswers(AnswerProducer.Target target) {
        this.target = target;
    }

    @Override
    public boolean open(long partitionId, long epochId) {
        return true;
    }

    @Override
    public void process(Row row) {
        TopicPartition partition = new TopicPartition(row.getAs("topic"), row.<Integer>getAs("partition"));
        AnswerProducer producer = open;
        if (producer == null || !producer.partition().equals(partition)) {
            commit();
            producer = AnswerProducer.begin(target, partition);
            open = producer;
        }
        producer.answer(
                row.<Long>getAs("offset"),
                row.<byte[]>getAs("key"),
                row.getAs("answer"),
                row.<java.sql.Timestamp>getAs("timestamp").toInstant().toEpochMilli());
    }

    @Override
    public void close(@Nullable Throwable error) {
        if (error == null) {
            commit();
        } else if (open != null) {
            open.abort();
            open = null;
        }
    }

    private void commit() {
        AnswerProducer producer = open;
        open = null;
        if (producer != null) {
            producer.commit();
        }
    }
}
