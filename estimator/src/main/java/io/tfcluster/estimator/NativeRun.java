package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerPointer;
import org.tensorflow.internal.c_api.TF_Output;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.TF_Tensor;
import org.tensorflow.internal.c_api.global.tensorflow;

/** Runs a loaded model again and again with the same inputs and outputs; what a run needs besides its tensors is made once. One thread. */
final class ModelRun implements AutoCloseable {
    private final LoadedModel model;
    private final List<TensorSpec> outputs;
    private final TF_Output feeds;
    private final TF_Output fetches;
    private final PointerPointer<TF_Tensor> fed;
    private final PointerPointer<TF_Tensor> fetched;
    private final TF_Status status = tensorflow.TF_NewStatus();
    private final int inputs;

    ModelRun(LoadedModel model, List<TensorSpec> inputs, List<TensorSpec> outputs) {
        this.model = model;
        this.inputs = inputs.size();
        this.outputs = outputs;
        this.feeds = places(inputs);
        this.fetches = places(outputs);
        this.fed = new PointerPointer<>(Math.max(1, inputs.size()));
        this.fetched = new PointerPointer<>(outputs.size());
    }

    private TF_Output places(List<TensorSpec> specs) {
        TF_Output places = new TF_Output(Math.max(1, specs.size()));
        for (int i = 0; i < specs.size(); i++) {
            model.locate(specs.get(i), places.position(i));
        }
        return places.position(0);
    }

    /**
     * Runs.
     *
     * @param tensors in the inputs' order; they stay the caller's
     * @return the outputs in their order, the caller's to close
     * @throws RuntimeException TensorFlow's, if the model fails
     */
    List<NativeTensor> run(List<NativeTensor> tensors) {
        for (int i = 0; i < inputs; i++) {
            fed.put(i, tensors.get(i).handle());
        }
        for (int i = 0; i < outputs.size(); i++) {
            fetched.put(i, (org.bytedeco.javacpp.Pointer) null);
        }
        tensorflow.TF_SessionRun(
                model.session(), null, feeds, fed, inputs, fetches, fetched, outputs.size(), null, 0, null, status);
        status.throwExceptionIfNotOK();
        List<NativeTensor> results = new ArrayList<>(outputs.size());
        try {
            for (int i = 0; i < outputs.size(); i++) {
                results.add(NativeTensor.result(outputs.get(i).name(), fetched.get(TF_Tensor.class, i)));
            }
        } catch (RuntimeException e) {
            results.forEach(NativeTensor::close);
            throw e;
        }
        return results;
    }

    @Override
    public void close() {
        tensorflow.TF_DeleteStatus(status);
        feeds.deallocate();
        fetches.deallocate();
        fed.deallocate();
        fetched.deallocate();
    }
}
