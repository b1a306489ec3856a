package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

@Timeout(60)
class SummaryWriterTest {
    @TempDir
    private Path folder;

    @Test
    void scalarsAreInTheFileWhenTheMethodReturnsWithStepTagAndTime() {
        long before = System.currentTimeMillis();
        try (SummaryWriter writer =
                SummaryWriter.open(folder.resolve("logs/test").toString())) {
            writer.scalars(7, Map.of("loss", 0.5, "accuracy", 0.25));
            writer.scalar("loss", 8, Double.NaN);

            List<Event> events = EventFiles.in(folder.resolve("logs/test"));

            assertThat(events).hasSize(3);
            assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
            assertThat(EventFiles.scalars(events, "loss"))
                    .containsEntry(7L, 0.5f)
                    .containsEntry(8L, Float.NaN);
            assertThat(EventFiles.scalars(events, "accuracy")).containsOnly(Map.entry(7L, 0.25f));
            assertThat(events.get(1).getWallTime() * 1000)
                    .isBetween((double) before, (double) System.currentTimeMillis());
        }
    }

    @Test
    void histogramsCountEachNumberOnceBetweenLeastAndGreatest() {
        float[] values = {-3, -2.95f, 0, 1, 1, 1, 3};
        try (SummaryWriter writer = SummaryWriter.open(folder.toString());
                TFloat32 constant = TFloat32.tensorOf(Shape.of(2, 2), DataBuffers.of(5f, 5, 5, 5))) {
            writer.histogram("w", 3, values);
            writer.histogram("c", 3, constant);

            assertThatThrownBy(() -> writer.histogram("bad", 3, new float[] {1, Float.NaN, Float.POSITIVE_INFINITY}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2 that are NaN or infinite among 3");
        }

        List<Event> events = EventFiles.in(folder);
        HistogramProto histogram = EventFiles.values(events, "w").get(3L).getHisto();
        assertThat(histogram.getNum()).isEqualTo(7);
        assertThat(histogram.getMin()).isEqualTo(-3);
        assertThat(histogram.getMax()).isEqualTo(3);
        assertThat(histogram.getSum()).isCloseTo(0.05, within(1e-6));
        assertThat(histogram.getBucketList()).hasSize(30);
        assertThat(histogram.getBucket(0)).isEqualTo(2); // -3 to -2.8
        assertThat(histogram.getBucket(15)).isEqualTo(1); // 0 to 0.2
        assertThat(histogram.getBucket(20)).isEqualTo(3); // 1 to 1.2
        assertThat(histogram.getBucket(29)).isEqualTo(1); // 2.8 to 3, with 3
        assertThat(histogram.getBucketList().stream().mapToDouble(d -> d).sum()).isEqualTo(7);
        assertThat(histogram.getBucketLimitList()).isSorted().endsWith(3.0);
        assertThat(EventFiles.values(events, "c").get(3L).getHisto().getBucketList())
                .containsExactly(4.0);
    }

    @Test
    void picturesAreTheFirstOnesAsPngs() throws Exception {
        byte[] bytes = new byte[3 * 2 * 4 * 3];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 3);
        }
        try (SummaryWriter writer = SummaryWriter.open(folder.toString());
                TUint8 colour = TUint8.tensorOf(Shape.of(3, 2, 4, 3), DataBuffers.of(bytes));
                TFloat32 grey = TFloat32.tensorOf(Shape.of(1, 1, 4, 1), DataBuffers.of(-1f, 0.5f, 2f, Float.NaN));
                TInt64 numbers = TInt64.scalarOf(1)) {
            writer.images("rgb", 5, colour, 2);
            writer.images("grey", 5, grey, 9);

            assertThatThrownBy(() -> writer.images("x", 5, numbers, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("DT_INT64");
        }

        List<Event> events = EventFiles.in(folder);
        assertThat(EventFiles.values(events, "rgb/image/2")).isEmpty();
        Summary.Image second = EventFiles.values(events, "rgb/image/1").get(5L).getImage();
        assertThat(List.of(second.getHeight(), second.getWidth(), second.getColorspace()))
                .containsExactly(2, 4, 3);
        BufferedImage decoded = decode(second);
        int at = (2 * 4 + 4 + 2) * 3; // second picture, row 1, column 2
        assertThat(decoded.getRGB(2, 1) & 0xffffff)
                .isEqualTo(((bytes[at] & 0xff) << 16) | ((bytes[at + 1] & 0xff) << 8) | (bytes[at + 2] & 0xff));
        BufferedImage line =
                decode(EventFiles.values(events, "grey/image/0").get(5L).getImage());
        assertThat(line.getRaster().getSamples(0, 0, 4, 1, 0, (int[]) null)).containsExactly(0, 128, 255, 0);
    }

    private static BufferedImage decode(Summary.Image image) throws IOException {
        return ImageIO.read(
                new ByteArrayInputStream(image.getEncodedImageString().toByteArray()));
    }

    @Test
    void theGraphKeepsItsNodesButNotItsLargeConstants() throws Exception {
        try (Graph graph = new Graph();
                SummaryWriter writer = SummaryWriter.open(folder.toString())) {
            Ops tf = Ops.create(graph);
            tf.withName("sum")
                    .math
                    .add(
                            tf.withName("large").constant(new float[1000]),
                            tf.withName("small").constant(2f));
            writer.graph(graph);
        }

        GraphDef read = GraphDef.parseFrom(EventFiles.in(folder).get(1).getGraphDef());
        assertThat(read.getNodeList()).extracting(node -> node.getName()).contains("sum", "large", "small");
        assertThat(read.getSerializedSize()).isLessThan(1000);
        assertThat(read.getNodeList())
                .filteredOn(node -> node.getName().equals("large"))
                .allSatisfy(node -> assertThat(node.getAttrOrThrow("value")
                                .getTensor()
                                .getTensorShape()
                                .getDim(0)
                                .getSize())
                        .isEqualTo(1000));
    }

    @Test
    void closedTwiceThenNotWrittenAndBadDirectoriesAreTold() throws Exception {
        SummaryWriter writer = SummaryWriter.open("file://" + folder.resolve("a"));
        writer.close();
        writer.close();

        assertThat(EventFiles.files(folder.resolve("a"))).hasSize(1);
        assertThatThrownBy(() -> writer.scalar("x", 1, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> SummaryWriter.open("hdfs://host/logs"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hdfs://host/logs")
                .hasMessageContaining("SummaryStore");
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> SummaryWriter.open(file.toString()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void anInterruptDoesNotStopTheWriting() {
        try (SummaryWriter writer = SummaryWriter.open(folder.toString())) {
            Thread.currentThread().interrupt();
            writer.scalar("x", 1, 1);
            assertThat(Thread.interrupted()).isTrue();
            writer.scalar("x", 2, 2);
        }

        assertThat(EventFiles.scalars(EventFiles.in(folder), "x")).containsOnlyKeys(1L, 2L);
    }

    @Test
    void aStoreGetsWholeRecordsWhileTheyComeAndTheRestAtTheEnd() throws Exception {
        Path remote = folder.resolve("remote");
        SummaryStore store = (file, bytes, directory, name) -> {
            assertThat(directory).isEqualTo("far://away/logs");
            Files.createDirectories(remote);
            byte[] head = new byte[Math.toIntExact(bytes)];
            System.arraycopy(Files.readAllBytes(file), 0, head, 0, head.length);
            Files.write(remote.resolve(name), head);
        };
        long left = local();
        try (SummaryWriter writer = SummaryWriter.open("far://away/logs", Optional.of(store), Duration.ofMillis(20))) {
            writer.scalar("x", 1, 1);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(EventFiles.scalars(EventFiles.in(remote), "x"))
                            .containsOnlyKeys(1L));
            writer.scalar("x", 2, 2);
            writer.flush();
            assertThat(EventFiles.scalars(EventFiles.in(remote), "x")).containsOnlyKeys(1L, 2L);
            writer.scalar("x", 3, 3);
        }

        assertThat(EventFiles.scalars(EventFiles.in(remote), "x")).containsOnlyKeys(1L, 2L, 3L);
        assertThat(EventFiles.files(remote)).hasSize(1);
        assertThat(local()).isEqualTo(left);
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("train-summaries"));
    }

    /** How many temporary folders of writers there are. */
    private static long local() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("tfcluster-events-"))
                    .count();
        }
    }

    @Test
    void aStoreThatFailsIsTriedAgainAndStopsNobody() {
        AtomicInteger calls = new AtomicInteger();
        SummaryStore store = (file, bytes, directory, name) -> {
            if (calls.incrementAndGet() < 3) {
                throw new IOException("name node is in safe mode");
            }
        };
        try (SummaryWriter writer = SummaryWriter.open("far://away", Optional.of(store), Duration.ofMillis(10))) {
            writer.scalar("x", 1, 1);
            Awaitility.await().until(() -> calls.get() >= 3);
        }

        assertThat(calls.get()).isBetween(3, 4); // a fourth, if the first came before the record did
    }
}
