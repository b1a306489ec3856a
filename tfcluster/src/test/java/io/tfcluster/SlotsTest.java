package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SlotsTest {
    @ParameterizedTest
    @CsvSource({
        "local,1,1",
        "local[4],1,4",
        "'local[4,2]',1,4",
        "local[4],2,2",
        "'local-cluster[3,2,1024]',1,6",
        "'local-cluster[3,3,1024]',2,3",
    })
    void slotsOfLocalMastersAreKnown(String master, int taskCpus, int slots) {
        SparkConf conf = new SparkConf(false).set("spark.task.cpus", Integer.toString(taskCpus));

        assertThat(Slots.most(master, conf)).hasValue(slots);
    }

    @Test
    void slotsOfManagedClustersFollowTheSettings() {
        SparkConf conf =
                new SparkConf(false).set("spark.executor.instances", "5").set("spark.executor.cores", "4");

        assertThat(Slots.most("yarn", conf)).hasValue(20);
        assertThat(Slots.most("k8s://https://127.0.0.1:6443", conf)).hasValue(20);
    }

    @Test
    void whatTheManagerGrantsIsNotKnownBeforehand() {
        SparkConf conf = new SparkConf(false);

        assertThat(Slots.most("spark://127.0.0.1:7077", conf)).isEmpty();
        assertThat(Slots.most("yarn", conf)).isEmpty();
        assertThat(Slots.most("spark://127.0.0.1:7077", conf.set("spark.cores.max", "3")))
                .hasValue(3);
    }
}
