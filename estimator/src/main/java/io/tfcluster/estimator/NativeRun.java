package io.tfcluster.estimator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Output;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.TF_Tensor;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.RunOptions;

/** Runs a loaded model again and again with the same inputs and outputs; what a run needs besides its tensors is made once. One thread. */
final class NativeRun implements ModelRun {
    private final NativeModel model;
    private final List<TensorSpec> outputs;
    private final TF_Output feeds;
    private final TF_Output fetches;
    private final PointerPointer<TF_Tensor> fed;
    private final PointerPointer<TF_Tensor> fetched;
    private final TF_Status status = tensorflow.TF_NewStatus();
    private final TF_Buffer options;
    private final Duration limit;
    private final int inputs;

    NativeRun(NativeModel model, List<TensorSpec> inputs, List<TensorSpec> outputs, Duration limit) {
        this.model = model;
        this.limit = limit;
        this.inputs = inputs.size();
        this.options = options(limit);
        this.outputs = outputs;
        this.feeds = places(inputs);
        this.fetches = places(outputs);
        this.fed = new PointerPointer<>(Math.max(1, inputs.size()));
        this.fetched = new PointerPointer<>(outputs.size());
    }

    private static TF_Buffer options(Duration limit) {
        byte[] bytes =
                RunOptions.newBuilder().setTimeoutInMs(limit.toMillis()).build().toByteArray();
        try (BytePointer copied = new BytePointer(bytes)) {
            return tensorflow.TF_NewBufferFromString(copied, bytes.length);
        }
    }

    private TF_Output places(List<TensorSpec> specs) {
        TF_Output places = new TF_Output(Math.max(1, specs.size()));
        for (int i = 0; i < specs.size(); i++) {
            model.locate(specs.get(i), places.position(i));
        }
        return places.position(0);
    }

    @Override
    public BatchTensor allocate(String name, TensorType type, long[] dims) {
        return NativeTensor.allocate(name, type, dims);
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> tensors) {
        for (int i = 0; i < inputs; i++) {
            fed.put(i, ((NativeTensor) tensors.get(i)).handle());
        }
        for (int i = 0; i < outputs.size(); i++) {
            fetched.put(i, (org.bytedeco.javacpp.Pointer) null);
        }
        tensorflow.TF_SessionRun(
                model.session(), options, feeds, fed, inputs, fetches, fetched, outputs.size(), null, 0, null, status);
        if (tensorflow.TF_GetCode(status) == tensorflow.TF_DEADLINE_EXCEEDED) {
            throw new IllegalStateException("the model did not answer a batch within " + limit.toSeconds()
                    + " s; set runTimeout higher if that is its pace, or batchSize lower");
        }
        status.throwExceptionIfNotOK();
        List<BatchTensor> results = new ArrayList<>(outputs.size());
        try {
            for (int i = 0; i < outputs.size(); i++) {
                results.add(NativeTensor.result(outputs.get(i).name(), fetched.get(TF_Tensor.class, i)));
            }
        } catch (RuntimeException e) {
            results.forEach(BatchTensor::close);
            throw e;
        }
        return results;
    }

    @Override
    public void close() {
        tensorflow.TF_DeleteStatus(status);
        tensorflow.TF_DeleteBuffer(options);
        feeds.deallocate();
        fetches.deallocate();
        fed.deallocate();
        fetched.deallocate();
    }
}
