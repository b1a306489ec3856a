package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Graph;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;

/**
 * Writes an event file, which TensorBoard shows: scalars, histograms, pictures, the graph.
 *
 * <p>Made by {@link #open}, or by a node's context; whoever made it closes it. One thread writes, any may close. What a method was given is
 * in the file when it returns; in a directory of a {@link SummaryStore} it is within 15 s, and after {@link #flush()} and {@link #close()}.
 * All files of one directory are one run to TensorBoard, and runs whose tags are the same share a chart.
 *
 * <pre>{@code
 * try (SummaryWriter writer = SummaryWriter.open("logs/test")) {
 *     writer.scalars(1_000, Map.of("loss", 0.31, "accuracy", 0.92));
 * }
 * }</pre>
 *
 * <p>TensorFlow's own summary operations were the other choice. They need a graph and a session of their own, write to what TensorFlow's
 * native file systems know, and fail in the middle of a training when a variable is NaN. The messages (Event, Summary) are TensorFlow's, the framing
 * is 20 lines, so that all of this works without native code.
 */
public final class SummaryWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SummaryWriter.class);
    private static final Duration UPLOAD_INTERVAL = Duration.ofSeconds(15);
    private static final int LARGEST_CONSTANT = 1024;

    private final EventFile file;
    private final @Nullable EventUpload upload;
    private final AtomicBoolean closed = new AtomicBoolean();

    private SummaryWriter(EventFile file, @Nullable EventUpload upload) {
        this.file = file;
        this.upload = upload;
    }

    /**
     * Opens a new event file on this host.
     *
     * @param directory a local path or a URI of scheme "file"; made if it is not there
     * @throws IllegalArgumentException if it has another scheme
     * @throws UncheckedIOException if it cannot be written to
     */
    public static SummaryWriter open(String directory) {
        return open(directory, Optional.empty(), UPLOAD_INTERVAL);
    }

    /**
     * Opens a new event file where the directory is: on this host if it is a path or has the scheme "file", otherwise in the store, by way of
     * this host's temporary folder.
     *
     * @throws UncheckedIOException if the local file cannot be written to
     */
    public static SummaryWriter open(String directory, SummaryStore store) {
        return open(directory, Optional.of(store), UPLOAD_INTERVAL);
    }

    static SummaryWriter open(String directory, Optional<SummaryStore> store, Duration interval) {
        Optional<Path> local = local(directory);
        if (local.isEmpty() && store.isEmpty()) {
            throw new IllegalArgumentException("event files in " + directory
                    + " need a SummaryStore for its file system; give one, or a folder of this host");
        }
        try {
            if (local.isPresent()) {
                return new SummaryWriter(EventFile.create(local.get()), null);
            }
            EventFile file = EventFile.create(store.orElseThrow().newFolder());
            return new SummaryWriter(file, EventUpload.start(file, directory, store.orElseThrow(), interval));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write event files in " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Returns the folder of this host, if the directory is one. */
    static Optional<Path> local(String directory) {
        requireNonNull(directory, "directory");
        if (directory.startsWith("file:")) {
            return Optional.of(Path.of(directory.replaceFirst("^file:(//(?=/))?", "")));
        }
        return directory.matches("[A-Za-z][A-Za-z0-9+.-]+:.*") ? Optional.empty() : Optional.of(Path.of(directory));
    }

    /** Writes one number. */
    public void scalar(String tag, long step, double value) {
        scalars(step, Map.of(tag, value));
    }

    /** Writes several numbers of one step, by tag. NaN and infinite ones are shown as such. */
    public void scalars(long step, Map<String, Double> values) {
        Summary.Builder summary = Summary.newBuilder();
        values.forEach((tag, value) -> summary.addValueBuilder().setTag(tag).setSimpleValue(value.floatValue()));
        write(step, summary);
    }

    /**
     * Writes how often numbers lie where between the least and the greatest of them, in 30 buckets of the same width.
     *
     * @throws IllegalArgumentException if there are none, or some are NaN or infinite
     */
    public void histogram(String tag, long step, float[] values) {
        histogram(tag, step, FloatBuffer.wrap(values));
    }

    /** As {@link #histogram(String, long, float[])}, of all numbers of a tensor. */
    public void histogram(String tag, long step, TFloat32 values) {
        histogram(tag, step, TensorBytes.of(values).asFloatBuffer());
    }

    void histogram(String tag, long step, FloatBuffer values) {
        Summary.Builder summary = Summary.newBuilder();
        summary.addValueBuilder().setTag(tag).setHisto(HistogramBuckets.of(values));
        write(step, summary);
    }

    /**
     * Writes pictures under the tags {@code tag/image/0}, {@code tag/image/1}, ….
     *
     * @param pictures uint8, or float32 from 0 to 1; shape [n, height, width, channels] with 1 (grey), 3 (RGB) or 4 (RGBA) channels
     * @param most how many of them to write at most, the first ones
     */
    public void images(String tag, long step, Tensor pictures, int most) {
        Summary.Builder summary = Summary.newBuilder();
        int number = 0;
        for (Summary.Image image : PngPictures.of(pictures, most)) {
            summary.addValueBuilder().setTag(tag + "/image/" + number++).setImage(image);
        }
        write(step, summary);
    }

    /** Writes the graph; constants of more than 1 KiB are left out, since only their names and shapes are shown. */
    public void graph(Graph graph) {
        graph(graph.toGraphDef());
    }

    void graph(GraphDef graph) {
        GraphDef.Builder light = graph.toBuilder();
        for (NodeDef.Builder node : light.getNodeBuilderList()) {
            AttrValue value = node.getAttrOrDefault("value", AttrValue.getDefaultInstance());
            if (node.getOp().equals("Const") && value.getSerializedSize() > LARGEST_CONSTANT) {
                node.putAttr(
                        "value",
                        AttrValue.newBuilder()
                                .setTensor(TensorProto.newBuilder()
                                        .setDtype(value.getTensor().getDtype())
                                        .setTensorShape(value.getTensor().getTensorShape()))
                                .build());
            }
        }
        append(EventFile.now().setGraphDef(ByteString.copyFrom(light.build().toByteArray())));
    }

    /** Says that training begins with this step: what an earlier process wrote from there on was lost, and TensorBoard drops it. */
    void begins(long step) {
        append(EventFile.now()
                .setStep(step)
                .setSessionLog(SessionLog.newBuilder().setStatus(SessionLog.SessionStatus.START)));
    }

    private void write(long step, Summary.Builder summary) {
        if (summary.getValueCount() > 0) {
            append(EventFile.now().setStep(step).setSummary(summary));
        }
    }

    private void append(Event.Builder event) {
        try {
            file.append(event.build());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to " + file.path() + ": " + e.getMessage(), e);
        }
    }

    /** Brings what was written to the store, if there is one; a store that fails is told in the log. */
    public void flush() {
        if (upload != null) {
            upload.copy();
        }
    }

    /** Closes the file; where there is a store, within 20 s, in which the last records go there. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            file.close();
        } catch (IOException e) {
            log.warn("{} could not be closed; its last records may be missing", file.path(), e);
        }
        if (upload != null) {
            upload.close();
        }
    }
}
