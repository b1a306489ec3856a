package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * What TensorFlow alone does for a detector and a second network: batches of pictures that are decoded and in tensors already, through the one
 * and then the other, in a task of the executor.
 *
 * @param detectorPixels file of pictures for the detector, as bytes
 * @param networkPixels file of as many for the second network
 * @param batch pictures of a run
 * @param batches in all
 * @param threads of each session
 * @param callers threads that run them, each its share of the batches
 */
record BareNetworks(
        String detector,
        String detectorPixels,
        String network,
        String networkPixels,
        int batch,
        int batches,
        int threads,
        int callers)
        implements Serializable {
    static final int DETECTOR_SIDE = 300;
    static final int NETWORK_SIDE = 224;

    private static final List<String> FOUND =
            List.of("detection_boxes", "detection_scores", "detection_classes", "num_detections");
    private static final float HALF = 127.5f;

    /** A network with its tensors. */
    private record Loop(Session session, String input, List<Tensor> tensors, List<String> outputs) {
        void run(int number) {
            Session.Runner runner = session.runner().feed(input, tensors.get(number % tensors.size()));
            for (String output : outputs) {
                runner.fetch(output);
            }
            runner.run().close();
        }
    }

    /** What all batches took, after some to warm up. */
    record Took(double seconds, long cpuMillis) implements Serializable {}

    Took run(int unused) {
        ConfigProto config = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(threads)
                .build();
        List<Tensor> bytes = new ArrayList<>();
        List<Tensor> floats = new ArrayList<>();
        try (Graph detecting = graph(detector);
                Graph extracting = graph(network);
                Session detects = new Session(detecting, config);
                Session extracts = new Session(extracting, config)) {
            read(bytes, floats);
            Loop first = new Loop(detects, "image_tensor", bytes, FOUND);
            Loop second = new Loop(extracts, "input", floats, List.of("MobilenetV2/Logits/AvgPool"));
            loops(first, second, callers);
            long cpu = cpuMillis(ProcessHandle.current());
            long start = System.nanoTime();
            loops(first, second, batches);
            return new Took((System.nanoTime() - start) / 1e9, cpuMillis(ProcessHandle.current()) - cpu);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read graphs or pictures: " + e, e);
        } finally {
            bytes.forEach(Tensor::close);
            floats.forEach(Tensor::close);
        }
    }

    private void loops(Loop first, Loop second, int count) {
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                int from = caller;
                all.add(threads.submit(() -> {
                    for (int i = from; i < count; i += callers) {
                        first.run(i);
                        second.run(i);
                    }
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while networks ran", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a network failed: " + e.getCause(), e);
        } finally {
            threads.shutdownNow();
        }
    }

    /** Returns the processor time that a process has had. */
    static long cpuMillis(ProcessHandle process) {
        return process.info()
                .totalCpuDuration()
                .map(Duration::toMillis)
                .orElseThrow(() ->
                        new IllegalStateException("process " + process.pid() + " has gone or tells no processor time"));
    }

    private static Graph graph(String file) throws IOException {
        Graph graph = new Graph();
        graph.importGraphDef(GraphDef.parseFrom(Files.readAllBytes(Path.of(file))));
        return graph;
    }

    private void read(List<Tensor> bytes, List<Tensor> floats) throws IOException {
        byte[] first = Files.readAllBytes(Path.of(detectorPixels));
        int size = batch * DETECTOR_SIDE * DETECTOR_SIDE * 3;
        for (int at = 0; at + size <= first.length; at += size) {
            bytes.add(TUint8.tensorOf(
                    Shape.of(batch, DETECTOR_SIDE, DETECTOR_SIDE, 3),
                    DataBuffers.of(first, true, false).slice(at, size)));
        }
        byte[] second = Files.readAllBytes(Path.of(networkPixels));
        float[] values = new float[batch * NETWORK_SIDE * NETWORK_SIDE * 3];
        for (int at = 0; at + values.length <= second.length; at += values.length) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (second[at + i] & 0xFF) / HALF - 1;
            }
            floats.add(TFloat32.tensorOf(Shape.of(batch, NETWORK_SIDE, NETWORK_SIDE, 3), DataBuffers.of(values)));
        }
    }
}
