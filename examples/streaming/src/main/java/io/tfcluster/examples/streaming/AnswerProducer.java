package io.tfcluster.examples.streaming;

import io.tfcluster.examples.common.ExampleException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the answers to one partition's messages, each micro-batch's in a transaction with the offset behind them.
 *
 * <p>It stays open between micro-batches, since its beginning takes Kafka longer than a batch; that is why this process knows its producers,
 * by the names of their transactions. A second one of the same name, wherever it is made, fences the first. One thread at a time.
 */
final class AnswerProducer {
    private static final Logger log = LoggerFactory.getLogger(AnswerProducer.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final Map<String, AnswerProducer> OPEN = new ConcurrentHashMap<>();

    private final Target target;
    private final TopicPartition partition;
    private final KafkaProducer<byte[], byte[]> producer;
    private long next;
    private boolean begun;

    /**
     * Where answers go.
     *
     * @param name of the query, the same after each start
     */
    record Target(Brokers brokers, String topic, String name) implements java.io.Serializable {
        String transactions(TopicPartition partition) {
            return name + "-" + topic + "-" + partition;
        }
    }

    private AnswerProducer(Target target, TopicPartition partition, KafkaProducer<byte[], byte[]> producer, long next) {
        this.target = target;
        this.partition = partition;
        this.producer = producer;
        this.next = next;
    }

    /**
     * Returns this process's producer for a partition's answers, and begins a transaction.
     *
     * @throws ExampleException if Kafka does not answer
     */
    static AnswerProducer begin(Target target, TopicPartition partition) {
        String name = target.transactions(partition);
        AnswerProducer open = OPEN.remove(name);
        try {
            if (open == null || !open.target.equals(target)) {
                open = start(target, partition, name);
            }
            open.producer.beginTransaction();
            open.begun = true;
            return open;
        } catch (KafkaException e) {
            if (open != null) {
                open.producer.close(CLOSE_LIMIT);
            }
            throw failed(target, e);
        }
    }

    private static AnswerProducer start(Target target, TopicPartition partition, String name) {
        Map<String, Object> settings = target.brokers().client();
        settings.put("transactional.id", name);
        settings.put("max.block.ms", target.brokers().limitMillis());
        settings.put("delivery.timeout.ms", target.brokers().limitMillis());
        settings.put("transaction.timeout.ms", 4 * target.brokers().limitMillis());
        settings.put("compression.type", "lz4");
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions(); // ends what one before us has left open, and fences it
            long next = target.brokers().answeredUpTo(target.name(), partition);
            log.info("{} has answered {} up to offset {}", target.name(), partition, next);
            return new AnswerProducer(target, partition, producer, next);
        } catch (RuntimeException e) {
            producer.close(CLOSE_LIMIT);
            throw e;
        }
    }

    TopicPartition partition() {
        return partition;
    }

    /** Writes an answer, if there is none yet. */
    @SuppressWarnings("FutureReturnValueIgnored") // commitTransaction throws what becomes of it
    void answer(long offset, byte @Nullable [] key, String value, long sent) {
        if (offset < next) {
            return; // a micro-batch is repeated
        }
        List<Header> headers =
                List.of(header("message", partition + "-" + offset), header("sent", Long.toString(sent)));
        try {
            producer.send(new ProducerRecord<>(
                    target.topic(), null, null, key, value.getBytes(StandardCharsets.UTF_8), headers));
        } catch (KafkaException e) {
            throw failed(target, e);
        }
        next = offset + 1;
    }

    private static ExampleException failed(Target target, KafkaException cause) {
        return cause instanceof RetriableException
                ? target.brokers().gone(cause)
                : new ExampleException(
                        "the Kafka at " + target.brokers().addresses() + " refuses answers to " + target.topic() + " ("
                                + cause + "); does another query run with --name " + target.name() + "?",
                        cause);
    }

    private static Header header(String name, String value) {
        return new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes the answers visible, all at once.
     *
     * @throws ExampleException if Kafka does not take them: none is visible then
     */
    void commit() {
        try {
            producer.sendOffsetsToTransaction(
                    Map.of(partition, new OffsetAndMetadata(next)), new ConsumerGroupMetadata(target.name()));
            producer.commitTransaction();
            begun = false;
            AnswerProducer other = OPEN.put(target.transactions(partition), this);
            if (other != null) {
                other.producer.close(CLOSE_LIMIT);
            }
        } catch (KafkaException e) {
            abort();
            throw failed(target, e);
        }
    }

    /** Takes everything back; this producer is spent. */
    void abort() {
        if (begun) {
            begun = false;
            try {
                producer.abortTransaction();
            } catch (KafkaException e) {
                log.debug("Kafka ends the transaction of {} itself", partition, e);
            }
        }
        producer.close(CLOSE_LIMIT);
    }
}
