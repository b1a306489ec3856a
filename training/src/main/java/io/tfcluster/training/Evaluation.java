package io.tfcluster.training;

import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat32;

/** Adds up loss and metrics over rows that are not learned, then over the workers. */
final class Evaluation {
    private final TrainGraph graph;
    private final Strategy strategy;
    private final Feeds feeds;
    private final int batchSize;
    private final Tally tally;

    Evaluation(TrainGraph graph, Strategy strategy, Feeds feeds, int batchSize) {
        this.graph = graph;
        this.strategy = strategy;
        this.feeds = feeds;
        this.batchSize = batchSize;
        this.tally = graph.predictingTally();
    }

    /** Evaluates until the rows end. */
    Map<String, Double> ofAll(BatchSource source) {
        return evaluate(source, false);
    }

    /** Evaluates until the epoch or the rows end. */
    Map<String, Double> ofOneEpoch(BatchSource source) {
        return evaluate(source, true);
    }

    private Map<String, Double> evaluate(BatchSource source, boolean oneEpoch) {
        if (tally.names().isEmpty()) {
            throw new IllegalStateException(
                    "the model function sets no loss and no metric when ModelBuilder.training() is false; set them in both cases");
        }
        List<String> needed = graph.neededFor(List.of(TrainGraph.PREDICTING_TALLY));
        double[] sums = new double[tally.width()];
        boolean ended = false;
        while (!ended) {
            try (TrainingBatch batch = source.next(batchSize, () -> false)) {
                ended = batch.endOfData() || (oneEpoch && batch.endOfEpoch());
                if (batch.rows() > 0) {
                    add(batch, needed, sums);
                }
            }
        }
        if (!oneEpoch || strategy.stepsTogether()) { // otherwise epochs end at other times on each worker
            strategy.reduce(sums);
        }
        return tally.all(sums);
    }

    private void add(TrainingBatch batch, List<String> needed, double[] sums) {
        Map<String, Tensor> fed = feeds.of(batch.inputs(), batch.rows(), needed);
        try (TFloat32 rows = TFloat32.scalarOf(batch.rows())) {
            fed.put(TrainGraph.ROWS, rows);
            List<String> fetches = List.of(TrainGraph.PREDICTING_TALLY);
            try (Result result = strategy.session().run("evaluation on " + strategy.self(), fed, fetches, List.of())) {
                double[] own = Tally.read((TFloat32) result.get(0));
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += own[i];
                }
            }
        }
    }
}
