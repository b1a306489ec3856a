package io.tfcluster.training;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.Graph;

/** What both ways to learn with parameter servers have in common: the placed copy of the graph, a connection to it, meetings of the workers. */
abstract sealed class PsStrategy implements Strategy permits ParameterServerStrategy, PsSyncStrategy {
    final TrainerConfig config;
    final ParameterServers servers;
    final PsConnection connection;
    final PsMeeting meeting;
    final Feeds feeds;
    final List<String> needed;
    final Tally tally;
    private final Graph placed;

    /** {@code graph} has its update already; waits for the servers up to peerTimeout. */
    PsStrategy(TrainGraph graph, TrainerConfig config, ParameterServers servers) {
        this.config = config;
        this.servers = servers;
        PsMarks.add(graph, servers.count());
        PsMeeting.add(graph, servers);
        this.feeds = new Feeds(graph.specs(), graph.placeholders());
        this.needed = graph.neededFor(List.of(TrainGraph.TALLY));
        this.tally = graph.trainingTally();
        this.meeting = new PsMeeting(servers, config.peerTimeout());
        this.placed = PlacedGraph.of(graph, servers);
        try {
            this.connection = new PsConnection(graph, placed, config, servers);
        } catch (RuntimeException e) {
            placed.close();
            throw e;
        }
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
        connection.restoreLostFrom(newest);
    }

    /** Ends what else runs; returns whether TensorFlow let its session go. */
    boolean releaseHelpers() {
        return true;
    }

    @Override
    public final boolean release() {
        boolean helpers = releaseHelpers();
        if (connection.release() && helpers) {
            placed.close();
        }
        return true; // the trainer's graph is another one
    }
}
