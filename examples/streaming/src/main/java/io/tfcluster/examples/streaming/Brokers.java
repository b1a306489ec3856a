package io.tfcluster.examples.streaming;

import io.tfcluster.examples.common.ExampleException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A Kafka as its clients reach it.
 *
 * @param addresses host:port, with commas between them
 * @param limitSeconds for whatever is asked of it
 */
record Brokers(String addresses, int limitSeconds) implements Serializable {
    int limitMillis() {
        return Math.toIntExact(TimeUnit.SECONDS.toMillis(limitSeconds));
    }

    /** Settings of any client. */
    Map<String, Object> client() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", addresses);
        settings.put("request.timeout.ms", limitMillis() / 2);
        settings.put("default.api.timeout.ms", limitMillis());
        return settings;
    }

    /**
     * Checks that the topics are there.
     *
     * @throws ExampleException if not, or if Kafka does not answer
     */
    void check(List<String> topics) {
        try (Admin admin = Admin.create(client())) {
            Set<String> known = new TreeSet<>(admin.listTopics().names().get(limitSeconds, TimeUnit.SECONDS));
            for (String topic : topics) {
                if (!known.contains(topic)) {
                    throw new ExampleException("no topic " + topic + " in the Kafka at " + addresses + "; it has "
                            + known + "; make it, with as many partitions as tasks are to work on it");
                }
            }
        } catch (ExecutionException | TimeoutException e) {
            throw gone(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExampleException("interrupted while Kafka was asked for its topics", e);
        }
    }

    /** Makes topics that are not there. */
    void make(List<String> topics, int partitions) {
        try (Admin admin = Admin.create(client())) {
            Set<String> known = admin.listTopics().names().get(limitSeconds, TimeUnit.SECONDS);
            admin.createTopics(topics.stream()
                            .filter(topic -> !known.contains(topic))
                            .map(topic -> new NewTopic(topic, partitions, (short) 1))
                            .toList())
                    .all()
                    .get(limitSeconds, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw gone(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExampleException("interrupted while topics were made", e);
        }
    }

    /** Returns the offset of the first message of a partition that the group has not answered. */
    long answeredUpTo(String group, TopicPartition partition) {
        try (Admin admin = Admin.create(client())) {
            OffsetAndMetadata offset = admin.listConsumerGroupOffsets(
                            Map.of(group, new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(partition))),
                            new ListConsumerGroupOffsetsOptions().requireStable(true))
                    .partitionsToOffsetAndMetadata(group)
                    .get(limitSeconds, TimeUnit.SECONDS)
                    .get(partition);
            return offset == null ? 0 : offset.offset();
        } catch (ExecutionException | TimeoutException e) {
            throw gone(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExampleException("interrupted while Kafka was asked how far " + group + " is", e);
        }
    }

    /** Says that Kafka is not there. */
    ExampleException gone(Exception cause) {
        return new ExampleException(
                "the Kafka at " + addresses + " does not answer within " + limitSeconds + " s ("
                        + (cause instanceof ExecutionException && cause.getCause() != null ? cause.getCause() : cause)
                        + "). When it is back, start again with the same --checkpoint and --name: messages that were not answered are answered then.",
                cause);
    }
}
