package io.tfcluster.examples.flowers;

import io.tfcluster.NodeContext;
import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/** What the nodes of the first cluster do when there is a backbone: pictures in, features out. */
final class FeaturesMain {

    static final String IMAGE = "image";
    private static final int BATCH_SIZE = 32;

    private FeaturesMain() {}

    static void run(Backbone backbone, NodeContext ctx) {
        ConfigProto oneThread = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(1)
                .setInterOpParallelismThreads(1)
                .build();
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Placeholder<TUint8> image =
                    tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(-1, backbone.size(), backbone.size(), 3)));
            Operand<TFloat32> features = backbone.features(tf, ctx.addedFile(backbone.fileName()), image);
            try (Session session = new Session(graph, oneThread)) {
                DataFeed feed = ctx.dataFeed();
                long rows = 0;
                while (!feed.shouldStop()) {
                    try (Batch batch = feed.nextBatch(BATCH_SIZE)) {
                        if (batch.rows() > 0) {
                            try (Result result = session.runner()
                                    .feed(image, batch.tensor(IMAGE))
                                    .fetch(features)
                                    .run()) {
                                feed.batchResults(Map.of(FeatureHead.FEATURES, result.get(0)));
                            }
                            rows += batch.rows();
                            ctx.report(0, 0, rows, Map.of());
                        }
                    }
                }
            }
        }
    }
}
