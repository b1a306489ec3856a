/**
 * TFRecord files as DataFrames and the other way round, on any Hadoop file system; and the files of a folder shared out among workers.
 *
 * <pre>
 *  driver                                executors                                      nodes (InputMode.TENSORFLOW)
 *  ┌──────────────────────────────┐      ┌─────────────────────────────────────┐        ┌──────────────────────────┐
 *  │ TFRecords, TFRecordSource    │      │ ReadTask: TFRecordReader (Frames)   │        │ FileShards.shard(i, n)   │
 *  │  └ DataFiles: which files    │ ───▶ │   → SchemaFacts, or                 │        │   → TFRecordReader       │
 *  │  └ ReadJob: which task reads │      │   → RowDecoder → Spark's rows       │        │     → Example, tensors   │
 *  │ WriteJob: columns, folder    │ ───▶ │ RowEncoder → TFRecordOutputFormat   │        │ TFRecordWriter           │
 *  └──────────────────────────────┘      └─────────────────────────────────────┘        └──────────────────────────┘
 * </pre>
 *
 * <p><b>Format.</b> A file is frames, one after the other, all numbers little-endian: length (8 bytes), masked CRC-32C of the length (4), data,
 * masked CRC-32C of the data (4). Both CRCs are checked. A length is believed only if it fits its CRC, {@code maxRecordBytes} and the rest
 * of the file; within gzip, where the rest is not known, memory grows with what has arrived. Whether a file is gzip is seen from its
 * content, so names do not matter when reading; {@code .gz} is what we write.
 *
 * <p><b>Types.</b>
 * <ul>
 *   <li>A record knows int64, 32-bit floats and bytes, and a feature holds a list of one of them. Which columns they become is told only by
 *       <em>all</em> records: the first one does not show what is missing from others, nor that a list has one value just there. Hence a pass
 *       over the files before the first row; a schema given saves it.
 *   <li>Bytes: TensorFlow has no strings. A column of type string must never hold bytes that are no UTF-8, since Spark would replace them
 *       silently as soon as someone looks. So a column is a string if the pass over all records saw nothing else, and binary otherwise; a
 *       string column that is <em>given</em> and meets other bytes is an error. Since tomorrow's files may decide otherwise, programs that must
 *       not be surprised give hints or a schema.
 *   <li>A feature without a kind, which is how TensorFlow Extended writes a missing value, is missing; one with a kind and no values is an
 *       empty array. One that is never more than named becomes a nullable string column, as in Spark's JSON source, with a warning.
 *   <li>Doubles are written as 32-bit floats, as by everyone; a number that would become infinite is an error.
 * </ul>
 *
 * <p><b>Decisions with a cost.</b>
 * <ul>
 *   <li>A file is read by one task. There is nothing in the format to begin at in the middle; who has few large files calls {@code repartition}.
 *   <li>Rows are Spark's internal ones, without an object for each array element; that ties us to Spark's catalyst classes, which change
 *       between its major versions.
 *   <li>Folders are read to any depth, and {@code key=value} in their names becomes no column.
 *   <li>Writing goes through Hadoop's output committers by Spark's RDD API: what is configured for them holds, and it is not listed among the SQL
 *       queries in Spark's UI.
 *   <li>Other compressions (TensorFlow's ZLIB, Hadoop's codecs) are not read: the error at the first record says so.
 *   <li>The source's short name is {@code tfrecord}, as that of spark-tfrecord, so that programs move over unchanged; with both libraries on the
 *       class path Spark asks for the full class name.
 *   <li>Of TensorFlow only the protocol buffer classes are used: no native library is loaded.
 * </ul>
 */
@NullMarked
package io.tfcluster.records;

import org.jspecify.annotations.NullMarked;
