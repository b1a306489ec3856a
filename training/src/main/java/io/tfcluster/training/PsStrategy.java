package io.tfcluster.training;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.Graph;

/** What both ways to learn with parameter servers have in common: the placed copy of the graph, a connection to it, meetings of the workers. */
abstract sealed class PsStrategy implements Strategy permits ParameterServerStrategy, PsSyncStrategy {
    private static final Duration HOPELESS = Duration.ofMillis(200);

    final TrainerConfig config;
    final ParameterServers servers;
    final PsConnection connection;
    final PsMeeting meeting;
    final PsPositions positions;
    final Feeds feeds;
    final List<String> needed;
    final Tally tally;
    private final Graph placed;
    private final PsWatch watch;

    /** {@code graph} has its update already; waits for the servers up to peerTimeout. */
    PsStrategy(TrainGraph graph, TrainerConfig config, ParameterServers servers, PsPositions positions) {
        this.config = config;
        this.servers = servers;
        this.positions = positions;
        PsMarks.add(graph, servers.count());
        PsMeeting.add(graph, servers);
        this.feeds = new Feeds(graph.specs(), graph.placeholders());
        this.needed = graph.neededFor(List.of(TrainGraph.TALLY));
        this.tally = graph.trainingTally();
        this.meeting = new PsMeeting(servers, config.peerTimeout());
        this.placed = PlacedGraph.of(graph, servers);
        this.watch = PsWatch.start(servers, config.stepTimeout());
        try {
            this.connection = new PsConnection(graph, placed, config, servers, watch);
        } catch (RuntimeException e) {
            watch.close();
            placed.close();
            throw e;
        }
    }

    /**
     * Gives the variables values, or waits until rank 0 has, and tells what from.
     *
     * @param alsoInitialise what else rank 0 runs then
     */
    final Optional<SavedCheckpoint> begin(Supplier<Optional<SavedState>> saved, List<String> alsoInitialise) {
        connection.initialise(() -> positions.noted(connection, saved.get()), alsoInitialise);
        return positions.readRestored(connection);
    }

    @Override
    public final boolean ownsVariables() {
        return servers.initialises();
    }

    @Override
    public final TrainSession session() {
        return connection.session();
    }

    @Override
    public final void reduce(double[] sums) {
        meeting.sum(connection, "adding up sums", sums);
    }

    @Override
    public final void alone(String phase, Runnable work) {
        meeting.alone(connection, phase, work);
    }

    @Override
    public final String self() {
        return servers.task();
    }

    @Override
    public void restoreLostFrom(Supplier<Optional<SavedState>> newest) {
        connection.restoreLostFrom(() -> positions.noted(connection, newest.get()));
    }

    /** Ends what else runs, without waiting. */
    void releaseHelpers() {}

    /** Returns whether that ended, and TensorFlow let its session go. */
    boolean helpersReleased(long deadline) {
        return true;
    }

    @Override
    public final boolean release() {
        // While a server is silent, TensorFlow closes nothing: waiting for it would only make the error late.
        Duration limit = watch.isSilent() ? HOPELESS : TrainSession.CLOSE_LIMIT;
        long deadline = System.nanoTime() + limit.toNanos();
        releaseHelpers();
        connection.release();
        watch.close();
        boolean helpers = helpersReleased(deadline);
        if (connection.released(deadline) && helpers) {
            placed.close();
        }
        return true; // the trainer's graph is another one
    }
}
