package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedPosition;
import io.tfcluster.feeding.FeedSchema;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointLedgerTest {
    private static final String FIRST = "{\"feed\":\"train\",\"node\":\"worker:0\",\"ended\":1,\"epochs\":{\"1\":"
            + "{\"partitions\":4,\"batches\":3,\"done\":{\"0\":[0,5],\"3\":[2,2]}}}}";
    private static final String SECOND =
            "{\"feed\":\"train\",\"node\":\"worker:1\",\"ended\":0,\"epochs\":{\"1\":{\"batches\":3,\"done\":{\"0\":[5,5]}}}}";
    private static final List<String> NODES = List.of("worker:0", "worker:1");
    private static final Configuration HADOOP = new Configuration();

    @TempDir
    Path folder;

    private void checkpoint(String name, String ledger) throws IOException {
        Files.createDirectories(folder.resolve(name));
        Files.writeString(folder.resolve(name).resolve("ledger.json"), ledger);
    }

    private static FeedLine line(boolean deterministic) {
        FeedSchema schema = FeedSchema.builder().int64("id").build();
        return new FeedLine("train", FeedConfig.of(schema).deterministic(deterministic));
    }

    private ResumePoint point() {
        return ResumePoint.newest(folder.toString(), HADOOP, line(false), NODES);
    }

    @Test
    void theHighestStepIsTheNewestAndWhatIsUnfinishedDoesNotCount() throws IOException {
        assertThat(CheckpointLedger.newest(folder.resolve("none").toString(), HADOOP))
                .isEmpty();
        assertThat(CheckpointLedger.newest(folder.toString(), HADOOP)).isEmpty();
        checkpoint("ckpt-9", "[" + SECOND + "]");
        checkpoint("ckpt-10", "[" + FIRST + "," + SECOND + "]");
        checkpoint(".ckpt-11", "rubbish");
        checkpoint("ckpt-12.old", "rubbish");
        Files.writeString(folder.resolve("ckpt-13"), "no folder");

        for (String directory : List.of(folder.toString(), folder.toUri().toString())) {
            CheckpointLedger newest = CheckpointLedger.newest(directory, HADOOP).orElseThrow();

            assertThat(newest.checkpoint()).endsWith("/ckpt-10");
            assertThat(newest.positions()).extracting(FeedPosition::text).containsExactly(FIRST, SECOND);
        }
    }

    /** Writes what a trainer writes: a description with the positions, and the other files' lengths and checksums. */
    private void trained(long step) throws IOException {
        Path checkpoint = Files.createDirectories(folder.resolve("ckpt-" + step));
        Files.writeString(checkpoint.resolve("variables.index"), "variables of step " + step);
        CRC32C crc = new CRC32C();
        crc.update(Files.readAllBytes(checkpoint.resolve("variables.index")));
        Properties properties = new Properties();
        properties.setProperty("step", Long.toString(step));
        properties.setProperty("epoch", "1");
        properties.setProperty("seed", "0");
        properties.setProperty("position.0", step % 2 == 0 ? FIRST : SECOND);
        properties.setProperty("position.1", "");
        properties.setProperty(
                "file.variables.index",
                Files.size(checkpoint.resolve("variables.index")) + ":" + Long.toHexString(crc.getValue()));
        try (Writer out = Files.newBufferedWriter(checkpoint.resolve("checkpoint.properties"))) {
            properties.store(out, null);
        }
    }

    @Test
    void ofATrainersCheckpointsItIsTheOneThatTheTrainerGoesOnFrom() throws IOException {
        trained(20);
        trained(31);
        CheckpointLedger whole =
                CheckpointLedger.newest(folder.toString(), HADOOP).orElseThrow();
        Files.writeString(folder.resolve("ckpt-31").resolve("variables.index"), "variables of step 32");
        CheckpointLedger older =
                CheckpointLedger.newest(folder.toString(), HADOOP).orElseThrow();
        Files.delete(folder.resolve("ckpt-20").resolve("variables.index"));

        assertThat(whole.checkpoint()).endsWith("/ckpt-31");
        assertThat(whole.positions()).extracting(FeedPosition::text).containsExactly(SECOND);
        assertThat(older.checkpoint()).endsWith("/ckpt-20");
        assertThat(older.positions()).extracting(FeedPosition::text).containsExactly(FIRST);
        assertThatThrownBy(() -> CheckpointLedger.newest(folder.toString(), HADOOP))
                .hasMessageContaining("is whole")
                .hasMessageContaining("variables.index");
    }

    @Test
    void aPathWithoutASchemeIsLocalWhateverTheDefaultFileSystem() throws IOException {
        checkpoint("ckpt-9", "[" + SECOND + "]");
        Configuration elsewhere = new Configuration();
        elsewhere.set("fs.defaultFS", "hdfs://127.0.0.1:1");

        assertThat(CheckpointLedger.newest(folder.toString(), elsewhere)).isPresent();
    }

    @Test
    void workersTextsMayBeStringsAndThoseWithoutAFeedAreLeftOut() throws IOException {
        String quoted = "\"" + FIRST.replace("\"", "\\\"") + "\"";
        checkpoint("ckpt-1", "[null, \"\", " + quoted + "]");

        assertThat(CheckpointLedger.newest(folder.toString(), HADOOP)
                        .orElseThrow()
                        .of("train"))
                .extracting(FeedPosition::text)
                .containsExactly(FIRST);
    }

    @Test
    void ledgersThatCannotBeUsedAreErrorsThatNameThem() throws IOException {
        Files.createDirectories(folder.resolve("ckpt-1"));
        assertThatThrownBy(this::point).hasMessageContaining("ckpt-1 has no ledger.json");
        checkpoint("ckpt-2", "[{");
        assertThatThrownBy(this::point).hasMessageContaining("ckpt-2/ledger.json is no JSON");
        checkpoint("ckpt-3", "{}");
        assertThatThrownBy(this::point).hasMessageContaining("must be a JSON array");
        checkpoint("ckpt-4", "[" + FIRST + ", {\"step\":7}]");
        assertThatThrownBy(this::point).hasMessageContaining("worker 1").hasMessageContaining("no position of a feed");
        checkpoint("ckpt-5", "[" + FIRST.replace("train", "other") + "]");
        assertThatThrownBy(this::point).hasMessageContaining("only of [other]");
        checkpoint("ckpt-6", "[" + FIRST + "," + SECOND.replace("\"batches\"", "\"partitions\":5,\"batches\"") + "]");
        assertThatThrownBy(this::point).hasMessageContaining("4 partitions").hasMessageContaining("5");
        checkpoint("ckpt-7", "[" + FIRST.replace("\"ended\"", "\"stream\":true,\"ended\"") + "]");
        assertThatThrownBy(this::point).hasMessageContaining("checkpointLocation");
    }

    @Test
    void whatAnyWorkerHandedOutIsDone() throws IOException {
        checkpoint("ckpt-1", "[" + FIRST + "," + SECOND + "]");

        ResumePoint point = point();

        assertThat(point.isOver(0)).isTrue();
        assertThat(point.isOver(1)).isFalse();
        assertThat(point.before(1).get(0).ranges()).containsOnlyKeys(0L).containsValue(10L);
        assertThat(point.before(2)).isEmpty();
        assertThat(point.replayed(1)).isEmpty();
        assertThat(point.kept(NODES)).containsOnlyKeys("worker:0");
    }

    @Test
    void anotherNumberOfPartitionsIsAnErrorWithBoth() throws IOException {
        checkpoint("ckpt-1", "[" + FIRST + "," + SECOND + "]");
        ResumePoint point = point();

        point.check("train", 4);
        assertThatThrownBy(() -> point.check("train", 5))
                .hasMessageContaining("has 5 partitions, but 4")
                .hasMessageContaining("ckpt-1");
        assertThatThrownBy(() -> point.check("train", 1, new long[] {9, 0, 0, 4}))
                .hasMessageContaining("partition 0")
                .hasMessageContaining("9 rows, but 10 or more");
    }

    @Test
    void aDeterministicFeedNeedsTheNodesThatItHad() throws IOException {
        checkpoint("ckpt-1", "[" + FIRST + "," + SECOND + "]");
        ResumePoint point = ResumePoint.newest(folder.toString(), HADOOP, line(true), NODES);

        assertThat(point.kept(NODES)).containsOnlyKeys("worker:0", "worker:1");
        assertThat(point.replayed(1)).containsEntry("worker:0", 7L).containsEntry("worker:1", 5L);
        assertThatThrownBy(() -> ResumePoint.newest(folder.toString(), HADOOP, line(true), List.of("worker:0")))
                .hasMessageContaining("[worker:0, worker:1], but now the training nodes are [worker:0]");
        checkpoint("ckpt-2", "[" + FIRST.replace("\"batches\":3,", "") + "," + SECOND + "]");
        assertThatThrownBy(() -> ResumePoint.newest(folder.toString(), HADOOP, line(true), NODES))
                .hasMessageContaining("was not when the checkpoint");
    }

    @Test
    void theLineOfAResumedEpochTellsWhatWasTakenBefore() {
        Ledger.Epoch epoch = new Ledger.Epoch(
                "train",
                3,
                Ledger.State.DONE,
                3_670,
                2_470,
                new java.util.TreeMap<>(java.util.Map.of("worker:0", 700L, "worker:1", 500L)),
                0,
                37,
                37);

        assertThat(epoch)
                .hasToString("epoch 3 of train: 1,200 of 3,670 rows (2,470 before resuming), 0 repeated"
                        + " = worker:0 700 + worker:1 500");
    }
}
