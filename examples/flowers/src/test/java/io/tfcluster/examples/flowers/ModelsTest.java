package io.tfcluster.examples.flowers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.BatchSource;
import io.tfcluster.training.InputSpec;
import io.tfcluster.training.StepInfo;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingBatch;
import io.tfcluster.training.ring.Ring;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** The models in one process, without Spark. */
@Timeout(300)
class ModelsTest {

    private static final int SIZE = 48;
    private static final int FED = SmallCnn.fedSize(SIZE);

    @TempDir
    Path folder;

    @Test
    void smallCnnLearnsAndItsExportAnswersAboutFilesAsTheTrainerDoesAboutPixels() {
        List<byte[]> files = new ArrayList<>();
        List<Long> labels = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            files.add(new FlowerPainter(2).jpeg(Blossom.KINDS.get(i % 5), i));
            labels.add((long) (i % 5));
        }
        List<byte[]> pixels =
                files.stream().map(file -> PictureDecoder.decode(file, FED)).toList();
        SmallCnn model = new SmallCnn(5, SIZE);
        List<StepInfo> steps = new ArrayList<>();
        TrainerConfig config = TrainerConfig.builder(model.optimizer(40, 20))
                .batchSize(20)
                .seed(1)
                .build();
        List<InputSpec> inputs = List.of(
                new InputSpec("image", TUint8.class, Shape.of(FED, FED, 3)),
                new InputSpec("label", TInt64.class, Shape.scalar()));

        try (Trainer trainer = Trainer.allReduce(model, inputs, config, Ring.single(), steps::add)) {
            trainer.fit(batches(pixels, labels, 20, 20));
            trainer.exportSavedModel(folder.resolve("model"), new Serving(FED, null).on(name -> folder.resolve(name)));

            assertThat(mean(steps, 35, 40)).isLessThan(mean(steps, 0, 5) * 0.9);
            try (Predictor predictor = Predictor.load(folder.resolve("model"));
                    TUint8 image = image(pixels.subList(0, 1))) {
                float[] byFile = predictor.probabilities(files.get(0));
                Map<String, Tensor> byPixels = trainer.predict(Map.of("image", image));
                TFloat32 expected = (TFloat32) byPixels.get(Classifier.PROBABILITIES);
                for (int i = 0; i < 5; i++) {
                    assertThat(byFile[i]).isCloseTo(expected.getFloat(0, i), within(0.05f));
                }
                byPixels.values().forEach(Tensor::close);
                assertThatThrownBy(() -> predictor.probabilities(new byte[] {1, 2, 3}))
                        .isInstanceOf(PictureDecoder.BrokenPictureException.class);
            }
        }
    }

    @Test
    void headLearnsWhatIsInTheFeatures() {
        FeatureHead model = new FeatureHead(2, 8);
        Random random = new Random(4);
        TrainerConfig config = TrainerConfig.builder(model.optimizer(200, 10))
                .batchSize(16)
                .seed(1)
                .build();
        List<InputSpec> inputs = List.of(
                new InputSpec("features", TFloat32.class, Shape.of(8)),
                new InputSpec("label", TInt64.class, Shape.scalar()));
        List<StepInfo> steps = new ArrayList<>();

        try (Trainer trainer = Trainer.allReduce(model, inputs, config, Ring.single(), steps::add)) {
            trainer.fit((rows, makeDo) -> {
                float[] features = new float[16 * 8];
                long[] labels = new long[16];
                for (int i = 0; i < 16; i++) {
                    labels[i] = random.nextInt(2);
                    for (int f = 0; f < 8; f++) {
                        features[i * 8 + f] = (float) (random.nextGaussian() + (labels[i] == 1 ? 2 : -2));
                    }
                }
                Map<String, Tensor> tensors = new HashMap<>();
                tensors.put("features", TFloat32.tensorOf(Shape.of(16, 8), DataBuffers.of(features)));
                tensors.put("label", TInt64.vectorOf(labels));
                return new Rows(tensors, 16, steps.size() >= 150);
            });
        }

        assertThat(steps.get(0).loss()).isCloseTo(Math.log(2), within(0.01));
        assertThat(mean(steps, 140, 150)).isLessThan(0.4);
    }

    @Test
    void predictNamesEachBadFileInOneLineAndGoesOn() throws IOException {
        Path text = Files.writeString(folder.resolve("a.txt"), "no picture");
        StringWriter err = new StringWriter();

        int code = Flowers.run(
                new String[] {"predict", "--model-dir", folder.toString(), text.toString()},
                new PrintWriter(new StringWriter()),
                new PrintWriter(err));

        assertThat(code).isEqualTo(1);
        assertThat(err.toString())
                .contains("no model of ours in " + folder)
                .contains("--model-dir")
                .hasLineCount(1);
    }

    private static double mean(List<StepInfo> steps, int from, int to) {
        return steps.subList(from, to).stream()
                .mapToDouble(StepInfo::loss)
                .average()
                .orElseThrow();
    }

    private static BatchSource batches(List<byte[]> pixels, List<Long> labels, int size, int epochs) {
        int perEpoch = pixels.size() / size;
        int[] next = {0};
        return (rows, makeDo) -> {
            int batch = next[0]++;
            int from = batch % perEpoch * size;
            Map<String, Tensor> tensors = new HashMap<>();
            tensors.put("image", image(pixels.subList(from, from + size)));
            tensors.put(
                    "label",
                    TInt64.vectorOf(labels.subList(from, from + size).stream()
                            .mapToLong(l -> l)
                            .toArray()));
            return new Rows(tensors, size, batch == perEpoch * epochs - 1);
        };
    }

    private static TUint8 image(List<byte[]> pictures) {
        byte[] all = new byte[pictures.size() * FED * FED * 3];
        IntStream.range(0, pictures.size())
                .forEach(i -> System.arraycopy(pictures.get(i), 0, all, i * FED * FED * 3, FED * FED * 3));
        return TUint8.tensorOf(Shape.of(pictures.size(), FED, FED, 3), DataBuffers.of(all));
    }

    private record Rows(Map<String, Tensor> inputs, int rows, boolean endOfData) implements TrainingBatch {
        @Override
        public long epoch() {
            return 0;
        }

        @Override
        public boolean endOfEpoch() {
            return endOfData;
        }

        @Override
        public void close() {
            inputs.values().forEach(Tensor::close);
        }
    }
}
