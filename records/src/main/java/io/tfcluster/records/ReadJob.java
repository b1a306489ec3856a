package io.tfcluster.records;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** The driver's part of reading: which task reads which files. A file is read by one task, small files share one. */
final class ReadJob {
    private final SparkSession spark;
    private final List<DataFile> files;
    private final TFRecordOptions options;

    ReadJob(SparkSession spark, List<DataFile> files, TFRecordOptions options) {
        this.spark = spark;
        this.files = List.copyOf(files);
        this.options = options;
    }

    RDD<InternalRow> rows(StructType schema) {
        RowDecoder decoder = new RowDecoder(schema, options.recordType());
        ReadTask task = task();
        FlatMapFunction<Iterator<List<DataFile>>, InternalRow> rows = groups -> task.rows(groups, decoder);
        return groups().mapPartitions(rows).rdd();
    }

    SchemaFacts facts() {
        ReadTask task = task();
        FlatMapFunction<Iterator<List<DataFile>>, SchemaFacts> facts = task::facts;
        SchemaFacts all = new SchemaFacts();
        groups().mapPartitions(facts).collect().forEach(all::merge);
        return all;
    }

    private ReadTask task() {
        SerializableConfiguration conf =
                new SerializableConfiguration(spark.sessionState().newHadoopConf());
        return new ReadTask(context().broadcast(conf), options);
    }

    private JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    private JavaRDD<List<DataFile>> groups() {
        List<Tuple2<List<DataFile>, Seq<String>>> placed = new ArrayList<>();
        SQLConf conf = spark.sessionState().conf();
        for (List<DataFile> group : grouped(conf.filesMaxPartitionBytes(), conf.filesOpenCostInBytes())) {
            placed.add(new Tuple2<>(group, seq(hosts(group))));
        }
        ClassTag<List<DataFile>> tag = ClassTag$.MODULE$.apply(List.class);
        return spark.sparkContext().makeRDD(seq(placed), tag).toJavaRDD();
    }

    /** As Spark packs files that it cannot cut: up to so many bytes, each file counting some more for being opened, all cores busy. */
    private List<List<DataFile>> grouped(long most, long openCost) {
        long all = files.stream().mapToLong(file -> file.bytes() + openCost).sum();
        long perCore = all / Math.max(1, spark.sparkContext().defaultParallelism());
        long target = Math.min(most, Math.max(openCost, perCore));
        List<List<DataFile>> groups = new ArrayList<>();
        List<DataFile> group = new ArrayList<>();
        long bytes = 0;
        for (DataFile file : files) {
            if (!group.isEmpty() && bytes + file.bytes() + openCost > target) {
                groups.add(group);
                group = new ArrayList<>();
                bytes = 0;
            }
            group.add(file);
            bytes += file.bytes() + openCost;
        }
        if (!group.isEmpty()) {
            groups.add(group);
        }
        return groups;
    }

    /** The three hosts that hold most of the group. */
    private static List<String> hosts(List<DataFile> group) {
        Map<String, Long> bytes = new LinkedHashMap<>();
        group.forEach(file -> file.hosts().forEach(host -> bytes.merge(host, file.bytes(), Long::sum)));
        return bytes.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(3)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static <T> Seq<T> seq(List<T> list) {
        return JavaConverters.asScalaBuffer(list).toSeq();
    }
}
