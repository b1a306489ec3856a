/**
 * Messages of a Kafka topic answered by a TensorFlow model while they come: {@code bin/streaming}.
 *
 * <pre>
 *  Kafka topic ─▶ Structured Streaming ─▶ JSON rows or pictures ─▶ TFModel, or a SQL function ─▶ Kafka topic or MongoDB
 *                     checkpoint: which messages a micro-batch has        the newest version       each message once
 * </pre>
 *
 * <p><b>Each message is answered once.</b> Spark repeats a micro-batch after a crash, so the sinks must know what they have. An answer in
 * MongoDB has the message's topic, partition and offset as its id, and a repetition replaces it with the same. In Kafka, a task writes its
 * answers and the offset up to which it has answered in one transaction ({@code KafkaAnswers}): what a repetition finds answered, it leaves
 * out; a task that was thought dead is fenced. Readers of the answers must set {@code isolation.level=read_committed}.
 *
 * <p><b>Decisions with a cost.</b>
 * <ul>
 *   <li>A task has the messages of one partition of the topic, in their order; that is what makes the offset enough to remember. More tasks
 *       than partitions are not to be had: give the topic more partitions.
 *   <li>A message that cannot be read is answered with an error instead of ending the query. The model sees a stand-in for it, since
 *       it is asked for whole batches.
 * </ul>
 */
@NullMarked
package io.tfcluster.examples.streaming;

import org.jspecify.annotations.NullMarked;
