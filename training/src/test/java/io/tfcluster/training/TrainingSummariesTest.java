package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.random.RandomUniform;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

@Timeout(60)
class TrainingSummariesTest {
    private static final Rows ROWS = Rows.classes(400, 6, 1);

    @TempDir
    private Path folder;

    /** Rows of six features as pictures of two by three, with a noise that is drawn anew in each run. */
    private static ModelSpec withPictures(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TFloat32> x = model.input("x", TFloat32.class);
        Operand<TInt32> shape = tf.shape(x);
        Operand<TFloat32> noise = tf.random.randomUniform(
                shape, TFloat32.class, RandomUniform.seed(model.seed()).seed2(1L));
        Operand<TFloat32> noisy = tf.math.add(x, noise);
        ModelSpec plain = Models.mlp(model);
        return ModelSpec.builder()
                .loss(tf.math.add(plain.loss().orElseThrow(), tf.math.mean(noise, tf.constant(new int[] {0, 1}))))
                .image("in/noisy", tf.reshape(noisy, tf.constant(new int[] {-1, 2, 3, 1})))
                .build();
    }

    private TrainerConfig config(Summaries summaries) {
        return Models.config(new Optimizer.Momentum(Schedule.exponentialDecay(0.1, 0.5, 1), 0.9f, false))
                .summaries(summaries)
                .build();
    }

    private static Trainer trainer(ModelFunction model, TrainerConfig config, Ring ring, TrainingListener listener) {
        return Trainer.allReduce(model, ROWS.specs(), config, ring, listener);
    }

    private List<Event> events(String run) {
        return EventFiles.in(folder.resolve("logs").resolve(run));
    }

    private Summaries summaries() {
        return Summaries.in(folder.resolve("logs").toString());
    }

    @Test
    void rankZeroWritesWhatTheStepsReportAndValidationLiesOverIt() throws Exception {
        Summaries summaries = summaries().scalars(Trigger.steps(2));
        List<List<StepInfo>> infos = Workers.run(2, ring -> {
            List<StepInfo> seen = new ArrayList<>();
            try (Trainer trainer = trainer(Models::mlp, config(summaries), ring, seen::add)) {
                trainer.fit(ROWS.source(ring.rank() * 10, 20, 10, 10, 10, 10, 10));
                trainer.evaluate(ROWS.source(0, 100, 100));
            }
            return seen;
        });

        assertThat(EventFiles.files(folder.resolve("logs/train"))).hasSize(1);
        List<Event> train = events("train");
        assertThat(EventFiles.scalars(train, "loss"))
                .containsOnly(Map.entry(2L, (float) infos.get(0).get(1).loss()), Map.entry(4L, (float)
                        infos.get(0).get(3).loss()));
        assertThat(EventFiles.scalars(train, "accuracy")).containsOnlyKeys(2L, 4L);
        Map<Long, Float> rates = EventFiles.scalars(train, "learning_rate");
        assertThat(rates.get(2L)).isCloseTo(0.05f, within(1e-6f));
        assertThat(rates.get(4L)).isCloseTo(0.0125f, within(1e-6f));
        assertThat(EventFiles.scalars(train, "feed_wait").values()).allMatch(share -> share >= 0 && share <= 1);
        StepInfo third = infos.get(0).get(2);
        StepInfo fourth = infos.get(0).get(3);
        Duration both = third.feedWait()
                .plus(third.compute())
                .plus(third.communicate())
                .plus(fourth.feedWait())
                .plus(fourth.compute())
                .plus(fourth.communicate());
        assertThat((double) EventFiles.scalars(train, "rows_per_second").get(4L))
                .isCloseTo(40 / (both.toNanos() / 1e9), within(1.0));
        assertThat(train.get(1).getSessionLog().getStatus()).isEqualTo(SessionLog.SessionStatus.START);
        assertThat(train.get(1).getStep()).isEqualTo(1);
        GraphDef graph = GraphDef.parseFrom(train.get(2).getGraphDef());
        assertThat(graph.getNodeList())
                .extracting(node -> node.getName())
                .contains("variables/hidden/kernel", "train/apply_fused", "inputs/x");
        assertThat(EventFiles.scalars(events("validation"), "loss")).containsOnlyKeys(5L);
        assertThat(EventFiles.scalars(events("validation"), "accuracy")).containsOnlyKeys(5L);
    }

    @Test
    void histogramsHoldTheVariablesAsTheyAreAfterTheStep() {
        Summaries summaries = summaries().histograms(Trigger.steps(3)).graph(false);
        float[] values;
        List<String> names;
        try (Trainer trainer = trainer(Models::mlp, config(summaries), Ring.single(), TrainingListener.none())) {
            trainer.fit(ROWS.source(0, 20, 20, 20, 20));
            values = Models.variables(trainer);
            names = trainer.variableNames();
        }

        List<Event> train = events("train");
        assertThat(train).noneMatch(event -> !event.getGraphDef().isEmpty());
        double count = 0;
        double sum = 0;
        for (String name : names) {
            Map<Long, Summary.Value> histograms = EventFiles.values(train, name);
            assertThat(histograms).containsOnlyKeys(3L);
            count += histograms.get(3L).getHisto().getNum();
            sum += histograms.get(3L).getHisto().getSum();
        }
        double expected = 0;
        for (float value : values) {
            expected += value;
        }
        assertThat(names).contains("hidden/kernel", "out/bias");
        assertThat(count).isEqualTo(values.length);
        assertThat(sum).isCloseTo(expected, within(1e-4));
    }

    @Test
    void picturesOfTheBatchAreShownAndChangeNothing() {
        TrainerConfig with = config(summaries().images(Trigger.steps(2), 2));
        float[] written = train(with);
        float[] alone = train(Models.config(with.optimizer()).build());

        assertThat(written).isEqualTo(alone);
        List<Event> train = events("train");
        assertThat(EventFiles.values(train, "in/noisy/image/0")).containsOnlyKeys(1L, 2L, 4L);
        assertThat(EventFiles.values(train, "in/noisy/image/1")).containsOnlyKeys(1L, 2L, 4L);
        assertThat(EventFiles.values(train, "in/noisy/image/2")).isEmpty();
        Summary.Image image =
                EventFiles.values(train, "in/noisy/image/0").get(4L).getImage();
        assertThat(List.of(image.getHeight(), image.getWidth(), image.getColorspace()))
                .containsExactly(2, 3, 1);
    }

    private static float[] train(TrainerConfig config) {
        try (Trainer trainer =
                trainer(TrainingSummariesTest::withPictures, config, Ring.single(), TrainingListener.none())) {
            trainer.fit(ROWS.source(0, 20, 20, 20, 20, 20));
            return Models.variables(trainer);
        }
    }

    @Test
    void epochsAndClocksTriggerToo() {
        Summaries summaries = summaries()
                .scalars(Trigger.epochs(1))
                .histograms(Trigger.every(Duration.ofMillis(1)))
                .graph(false);
        BatchSource rows = ROWS.source(0, 20, 20, 20, 20, 20, 20);
        int[] batch = {0};
        BatchSource twoEpochs = (max, makeDo) -> new InEpoch(rows.next(max, makeDo), batch[0]++ < 3 ? 0 : 1);
        try (Trainer trainer = trainer(Models::mlp, config(summaries), Ring.single(), TrainingListener.none())) {
            trainer.fit(twoEpochs);
        }

        assertThat(EventFiles.scalars(events("train"), "loss")).containsOnlyKeys(3L, 5L);
        assertThat(EventFiles.values(events("train"), "out/bias")).isNotEmpty();
    }

    private record InEpoch(TrainingBatch batch, long epoch) implements TrainingBatch {
        @Override
        public Map<String, org.tensorflow.Tensor> inputs() {
            return batch.inputs();
        }

        @Override
        public int rows() {
            return batch.rows();
        }

        @Override
        public boolean endOfEpoch() {
            return batch.endOfEpoch();
        }

        @Override
        public boolean endOfData() {
            return batch.endOfData();
        }

        @Override
        public void close() {
            batch.close();
        }
    }

    @Test
    void aVariableThatIsNotANumberCostsItsOwnHistogramOnly() {
        TrainerConfig config = Models.config(Optimizer.sgd(1e38))
                .stopOnBadLoss(false)
                .summaries(summaries().scalars(Trigger.steps(1)).histograms(Trigger.steps(1)))
                .build();
        try (Trainer trainer = trainer(Models::mlp, config, Ring.single(), TrainingListener.none())) {
            trainer.fit(ROWS.source(0, 20, 20, 20, 20, 20));
        }

        assertThat(EventFiles.scalars(events("train"), "loss"))
                .containsOnlyKeys(1L, 2L, 3L, 4L)
                .containsEntry(4L, Float.NaN);
    }

    @Test
    void aFolderThatCannotBeWrittenDoesNotStopTheTraining() throws IOException {
        Files.writeString(folder.resolve("logs"), "a file");
        try (Trainer trainer = trainer(Models::mlp, config(summaries()), Ring.single(), TrainingListener.none())) {
            assertThat(trainer.fit(ROWS.source(0, 20, 20, 20)).steps()).isEqualTo(2);
        }
    }

    @Test
    void imagesThatAreNoneAreRefusedWithTheirShape() {
        ModelFunction flat =
                model -> ModelSpec.builder().image("x", model.input("x")).build();

        assertThatThrownBy(() -> trainer(flat, config(summaries()), Ring.single(), TrainingListener.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("image \"x\" must be")
                .hasMessageContaining("[?, 6]");
        assertThatThrownBy(() -> summaries().images(Trigger.epochs(1), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0");
    }
}
