package io.tfcluster.examples.streaming;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the answers of a topic as they become visible, in a thread of its own. */
final class Inbox implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> times = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean open = true;

    /** What came, and how long after its message was sent. */
    record Answer(String message, String key, String text, long millis) {}

    Inbox(Brokers brokers, String topic, int partitions) {
        Map<String, Object> settings = brokers.client();
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(IntStream.range(0, partitions)
                .mapToObj(i -> new TopicPartition(topic, i))
                .toList());
        thread = new Thread(this::read, "inbox-" + topic);
        thread.start();
    }

    private void read() {
        try (consumer) {
            while (open) {
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(50))) {
                    String message = header(each, "message");
                    long sent = Long.parseLong(header(each, "sent"));
                    String key = each.key() == null ? "" : new String(each.key(), StandardCharsets.UTF_8);
                    answers.add(new Answer(
                            message,
                            key,
                            new String(each.value(), StandardCharsets.UTF_8),
                            System.currentTimeMillis() - sent));
                    times.merge(message, 1, Integer::sum);
                }
            }
        }
    }

    private static String header(ConsumerRecord<byte[], byte[]> each, String name) {
        return new String(each.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    Queue<Answer> answers() {
        return answers;
    }

    /** How often each message was answered. */
    Map<String, Integer> times() {
        return times;
    }

    @Override
    public void close() throws InterruptedException {
        open = false;
        thread.join(10_000);
    }
}
