package io.tfcluster.examples.flowers;

import io.tfcluster.examples.common.ExampleException;
import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** The SavedModel of a run, loaded into this process. One thread at a time; closing frees it. */
final class Predictor implements AutoCloseable {

    private static final String SIGNATURE = "serving_default";

    private final SavedModelBundle model;

    private Predictor(SavedModelBundle model) {
        this.model = model;
    }

    static Predictor load(Path folder) {
        try {
            return new Predictor(SavedModelBundle.load(folder.toString(), "serve"));
        } catch (TensorFlowException e) {
            throw new ExampleException("TensorFlow cannot load the model in " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Returns the probability of each class for one encoded picture. */
    float[] probabilities(byte[] file) {
        SessionFunction function = model.function(SIGNATURE);
        try (TString files = TString.tensorOfBytes(NdArrays.vectorOfObjects(file));
                Result result = function.call(Map.of(Serving.FILES, files))) {
            TFloat32 rows = (TFloat32) result.get(Classifier.PROBABILITIES)
                    .orElseThrow(() -> new ExampleException("the model has no output \"" + Classifier.PROBABILITIES
                            + "\"; it was not made by bin/flowers"));
            float[] row = new float[(int) rows.shape().get(1)];
            for (int i = 0; i < row.length; i++) {
                row[i] = rows.getFloat(0, i);
            }
            return row;
        } catch (TensorFlowException
                | IllegalArgumentException e) { // TFInvalidArgumentException is no TensorFlowException
            throw new PictureDecoder.BrokenPictureException("TensorFlow cannot decode it", e);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
