package io.tfcluster.training;

import io.tfcluster.training.ring.Compression;
import io.tfcluster.training.ring.Ring;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Every worker has all variables and a session of its own; each step one fused gradient goes round the ring.
 *
 * <p>Who has rows begins a step, and the others join it (see {@link BatchSource#next}), with weight zero if they have none. A worker
 * whose rows ended begins one step itself to say so, unless it could say it in a step of rows; from then on it only joins. The step
 * in which the last one says so is the last.
 */
final class AllReduceStrategy implements Strategy {
    private final TrainGraph graph;
    private final TrainerConfig config;
    private final Ring ring;
    private final TrainSession session;
    private final Feeds feeds;
    private final List<String> needed;
    private final Tally tally;
    private final List<FusionBucket> buckets;
    private final @Nullable GradientPipeline pipeline;
    private final List<TFloat32> zeros;
    private long step;

    AllReduceStrategy(TrainGraph graph, TrainerConfig config, Ring ring) {
        this.graph = graph;
        this.config = config;
        this.ring = ring;
        // Alone nothing travels; and TensorFlow's only thread would follow the backward pass to its end before it
        // finished a gradient.
        boolean overlaps = ring.size() > 1 && config.interOpThreads() != 1;
        long fusionBytes = overlaps ? config.fusionBytes() : Long.MAX_VALUE;
        this.buckets = FusionBucket.cut(graph.changing(), graph.tail(), fusionBytes);
        graph.addFusedUpdate(buckets);
        this.feeds = new Feeds(graph.specs(), graph.placeholders());
        this.needed = graph.neededFor(fetches());
        this.tally = graph.trainingTally();
        this.session = TrainSession.open(
                graph.graph(),
                "",
                ConfigProto.newBuilder()
                        .setIntraOpParallelismThreads(config.intraOpThreads())
                        .setInterOpParallelismThreads(config.interOpThreads())
                        .build(),
                config.stepTimeout());
        this.pipeline = buckets.size() == 1
                ? null
                : new GradientPipeline(session, fetches(), config.stepTimeout(), ring.rank());
        this.zeros = ring.size() == 1 ? List.of() : vectors();
    }

    private List<String> fetches() {
        return buckets.stream().map(FusionBucket::fetch).toList();
    }

    /** Returns room for changes and tail. */
    private List<TFloat32> vectors() {
        return buckets.stream()
                .map(bucket -> Tensor.of(TFloat32.class, Shape.of(bucket.elements() + (long) bucket.tail())))
                .toList();
    }

    /** Gives all workers the variables of rank 0. */
    @Override
    public Optional<SavedCheckpoint> initialise(Supplier<Optional<SavedState>> saved) {
        try (TFloat32 values = Tensor.of(TFloat32.class, Shape.of(graph.elements()))) {
            InitialValues.write(graph, config, values);
            ring.broadcast(TensorBytes.of(values), config.peerTimeout());
            session.run(
                            "initialising the variables of " + self(),
                            Map.of(FlatVariables.IN, values),
                            List.of(),
                            List.of(FlatVariables.ASSIGN, TrainGraph.INITIALISE_SLOTS, TrainGraph.INITIALISE_STEP))
                    .close();
        }
        return restore(saved);
    }

    @Override
    public Optional<SavedCheckpoint> restore(Supplier<Optional<SavedState>> saved) {
        Optional<SavedCheckpoint> restored =
                new StateTransfer(graph.state(), session, ring, config.peerTimeout()).restore(saved);
        restored.ifPresent(checkpoint -> step = checkpoint.step());
        return restored;
    }

    @Override
    public List<String> gather(String mine) {
        return Gather.texts(ring, mine, config.peerTimeout());
    }

    @Override
    public void alone(String phase, Runnable work) {
        Gather.alone(ring, phase, work, config.peerTimeout());
    }

    @Override
    public void fit(BatchSource source, FitCourse course) {
        RowsEnd own = new RowsEnd(course.epochwise());
        boolean allEnded = false;
        Stopwatch watch = new Stopwatch();
        while (!allEnded && !course.over(step)) {
            watch.lap();
            try (TrainingBatch batch =
                    own.rests() ? EmptyBatch.at(own.epoch()) : source.next(config.batchSize(), ring::peerStarted)) {
                own.took(batch);
                if (own.announced()) {
                    awaitStep();
                } else if (!own.rests() && !batch.beginsStep() && !ring.peerStarted()) {
                    continue; // the end of an epoch, or a source that gave up waiting without being asked to
                }
                Duration feedWait = watch.lap();
                course.waited(feedWait);
                allEnded = step(batch, own, feedWait, watch, course);
            }
        }
    }

    private void awaitStep() {
        if (!ring.awaitPeerStart(config.peerTimeout())) {
            throw new IllegalStateException(self() + " has no more rows and no peer began a step within peerTimeout "
                    + config.peerTimeout() + "; a peer hangs, or its feed is slower than that");
        }
    }

    /** One step, joined by all workers; returns whether it was the last because nobody has rows any more. */
    private boolean step(TrainingBatch batch, RowsEnd own, Duration feedWait, Stopwatch watch, FitCourse course) {
        try (FusedGradient fused = batch.rows() == 0 ? nothing() : gradient(batch, course.summaries())) {
            StepTail sums = tail(fused.vector(0));
            Duration compute = watch.lap();
            sums.vote(own.ended(), own.epochEnded(), ring.rank(), ring.rank() == 0 ? course.due() : 0);
            sum(buckets.get(0), fused);
            Duration communicate = watch.lap();
            if (sums.rows() > 0) {
                if (config.stopOnBadLoss()) {
                    sums.check(step + 1, ring);
                }
                for (FusionBucket bucket : buckets.subList(1, buckets.size())) {
                    fused.vector(bucket.index());
                    compute = compute.plus(watch.lap());
                    sum(bucket, fused);
                    communicate = communicate.plus(watch.lap());
                }
                apply(fused, sums.rows());
                step++;
                double[] all = sums.sums();
                course.stepped(
                        new StepInfo(
                                step,
                                own.epoch(),
                                batch.rows(),
                                sums.rows(),
                                Tally.loss(all),
                                tally.metrics(all),
                                feedWait,
                                compute.plus(watch.lap()),
                                communicate),
                        all,
                        sums.due());
            }
            own.announce();
            if (sums.epochEnded() == ring.size()) {
                own.nextEpoch();
                course.epochEnded(own.epoch());
            }
            return sums.ended() == ring.size();
        }
    }

    /** The tail is in the first bucket, whose sum all wait for: they know of a bad loss, or that nobody has rows, before the others go. */
    private StepTail tail(TFloat32 first) {
        int length = buckets.get(0).tail() * Float.BYTES;
        ByteBuffer bytes = TensorBytes.of(first);
        return new StepTail(bytes.slice(bytes.capacity() - length, length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer());
    }

    /** A peer that joins has at most a run of its own to finish. Only gradients are rounded: rows and votes are counts, and states values. */
    private void sum(FusionBucket bucket, FusedGradient fused) {
        ByteBuffer bytes = TensorBytes.of(fused.vector(bucket.index()));
        int learned = config.compression() == Compression.NONE ? 0 : bucket.learned() * Float.BYTES;
        if (learned > 0) {
            ring.allReduceSum(bytes.slice(0, learned), config.compression(), config.stepTimeout());
        }
        if (learned < bytes.capacity()) {
            ring.allReduceSum(bytes.slice(learned, bytes.capacity() - learned), config.stepTimeout());
        }
    }

    private FusedGradient gradient(TrainingBatch batch, TrainingSummaries summaries) {
        Map<String, Tensor> fed = feeds.of(batch.inputs(), batch.rows(), needed);
        try (TFloat32 rows = TFloat32.scalarOf(batch.rows());
                TInt64 drawn = TInt64.scalarOf(step)) {
            fed.put(TrainGraph.ROWS, rows);
            fed.put(TrainGraph.RANDOM_STEP, drawn);
            String doing = "step " + (step + 1) + " on " + self();
            List<String> pictures = summaries.pictures(step + 1);
            if (pipeline != null && pictures.isEmpty()) {
                return pipeline.begin(doing, fed);
            }
            List<String> fetches = new ArrayList<>(fetches());
            fetches.addAll(pictures);
            Result result = session.run(doing, fed, fetches, List.of());
            if (!pictures.isEmpty()) {
                summaries.pictures(step + 1, result, buckets.size());
            }
            return new FusedGradient.Computed(
                    buckets.stream()
                            .map(bucket -> (TFloat32) result.get(bucket.index()))
                            .toList(),
                    result::close);
        }
    }

    private FusedGradient nothing() {
        List<TFloat32> vectors = zeros.isEmpty() ? vectors() : zeros;
        vectors.forEach(AllReduceStrategy::clear);
        return new FusedGradient.Computed(vectors, zeros.isEmpty() ? () -> vectors.forEach(Tensor::close) : () -> {});
    }

    private static void clear(TFloat32 vector) {
        ByteBuffer bytes = TensorBytes.of(vector);
        while (bytes.remaining() >= Long.BYTES) {
            bytes.putLong(0);
        }
        while (bytes.hasRemaining()) {
            bytes.put((byte) 0);
        }
    }

    private void apply(FusedGradient fused, long rows) {
        try (TFloat32 scale = TFloat32.scalarOf((float) (1.0 / rows));
                TFloat32 rate = TFloat32.scalarOf(config.optimizer().schedule().at(step))) {
            Map<String, Tensor> fed = new HashMap<>(Map.of(TrainGraph.SCALE, scale, TrainGraph.RATE, rate));
            for (FusionBucket bucket : buckets) {
                if (!bucket.variables().isEmpty()) {
                    fed.put(bucket.feed(), fused.vector(bucket.index()));
                }
            }
            session.run(
                            "the update of step " + (step + 1) + " on " + self(),
                            fed,
                            List.of(),
                            List.of(TrainGraph.APPLY_FUSED))
                    .close();
        }
    }

    @Override
    public void reduce(double[] sums) {
        ring.reduceSum(sums, config.peerTimeout());
    }

    @Override
    public boolean stepsTogether() {
        return true;
    }

    @Override
    public boolean ownsVariables() {
        return true;
    }

    @Override
    public TrainSession session() {
        return session;
    }

    @Override
    public long step() {
        return step;
    }

    @Override
    public String self() {
        return "rank " + ring.rank();
    }

    @Override
    public boolean release() {
        boolean released = session.release();
        if (pipeline != null) {
            pipeline.close();
        }
        if (released) {
            zeros.forEach(Tensor::close);
        }
        return released;
    }
}
