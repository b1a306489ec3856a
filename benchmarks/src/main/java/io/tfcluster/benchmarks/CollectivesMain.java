package io.tfcluster.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Scanner;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.RemoteSession;
import org.tensorflow.Result;
import org.tensorflow.Server;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.nn.SoftmaxCrossEntropyWithLogits;
import org.tensorflow.proto.ClusterDef;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.JobDef;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.ServerDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * One worker that trains the same network as {@link MlpMain} with TensorFlow's own all-reduce: a gRPC server in each process, and
 * CollectiveReduce between gradient and update, all in one run. Or with no all-reduce at all: then gradient and update alone, in a direct
 * session, which is what any of them can reach at most.
 */
public final class CollectivesMain {
    private static final int GROUP = 2;
    private static final long RUN_LIMIT_MILLIS = 60_000;
    private static final String LOSS = "loss";
    private static final String APPLY = "apply";

    /** What happens to the gradients between the workers. */
    enum Exchange {
        /** A collective for each variable. */
        EACH,
        /** One collective for all. */
        FUSED,
        /** Nothing: each worker learns for itself. */
        NONE
    }

    private CollectivesMain() {}

    /** Reads rank, both ports, hidden units, rows and an {@link Exchange}; then numbers of steps until its input ends. */
    public static void main(String[] args) throws IOException {
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        int rank = in.nextInt();
        List<Integer> ports = List.of(in.nextInt(), in.nextInt());
        int hidden = in.nextInt();
        int rows = in.nextInt();
        Exchange exchange = Exchange.valueOf(in.next());
        Graph graph = new Graph();
        build(graph, hidden, exchange);
        RemoteSession session = exchange == Exchange.NONE
                ? RemoteSession.open(
                        graph,
                        "",
                        ConfigProto.newBuilder()
                                .setIntraOpParallelismThreads(1)
                                .setInterOpParallelismThreads(1)
                                .build())
                : served(graph, rank, ports);
        Map<String, Tensor> batch = Mlp.rows(rows, rank);
        session.session().runner().addTarget("initialise").run().close();
        System.out.println("ready");
        while (in.hasNextInt()) {
            int steps = in.nextInt();
            double cpu = AllReduceMain.cpuSeconds();
            long start = System.nanoTime();
            for (int step = 0; step < steps; step++) {
                step(session.session(), batch);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.println("took " + seconds + " " + (AllReduceMain.cpuSeconds() - cpu));
        }
        Runtime.getRuntime().halt(0); // TensorFlow's server cannot be stopped
    }

    /** Returns a session on a server of this process, which knows the other one's. */
    private static RemoteSession served(Graph graph, int rank, List<Integer> ports) {
        ConfigProto config = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(1)
                .addDeviceFilters("/job:worker/task:" + rank)
                .setExperimental(
                        ConfigProto.Experimental.newBuilder().setCollectiveGroupLeader("/job:worker/replica:0/task:0"))
                .build();
        server(rank, ports, config).start();
        return RemoteSession.open(graph, "grpc://127.0.0.1:" + ports.get(rank), config);
    }

    private static void step(Session session, Map<String, Tensor> batch) {
        RunOptions options = RunOptions.newBuilder()
                .setTimeoutInMs(RUN_LIMIT_MILLIS)
                .setExperimental(RunOptions.Experimental.newBuilder().setCollectiveGraphKey(1))
                .build();
        Session.Runner runner = session.runner().setOptions(options);
        batch.forEach(runner::feed);
        try (Result result = runner.fetch(LOSS).addTarget(APPLY).run()) {
            double loss = ((TFloat32) result.get(0)).getFloat();
            if (!Double.isFinite(loss)) {
                throw new IllegalStateException("the loss is " + loss);
            }
        }
    }

    private static Server server(int rank, List<Integer> ports, ConfigProto config) {
        JobDef.Builder job = JobDef.newBuilder().setName("worker");
        for (int task = 0; task < ports.size(); task++) {
            job.putTasks(task, "127.0.0.1:" + ports.get(task));
        }
        return new Server(ServerDef.newBuilder()
                .setCluster(ClusterDef.newBuilder().addJob(job))
                .setJobName("worker")
                .setTaskIndex(rank)
                .setProtocol("grpc")
                .setDefaultSessionConfig(config)
                .build());
    }

    private static void build(Graph graph, int hidden, Exchange exchange) {
        Ops tf = Ops.create(graph);
        Operand<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, Mlp.INPUTS)));
        Operand<TInt64> label = tf.withName("label").placeholder(TInt64.class, Placeholder.shape(Shape.of(-1)));
        List<Shape> shapes = List.of(
                Shape.of(Mlp.INPUTS, hidden), Shape.of(hidden), Shape.of(hidden, Mlp.CLASSES), Shape.of(Mlp.CLASSES));
        List<VarHandleOp> handles = new ArrayList<>();
        List<Operand<TFloat32>> reads = new ArrayList<>();
        List<Op> initialised = new ArrayList<>();
        for (Shape shape : shapes) {
            VarHandleOp handle =
                    tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName("variable" + handles.size()));
            handles.add(handle);
            initialised.add(tf.assignVariableOp(handle, tf.constant(initial(shape))));
            reads.add(tf.readVariableOp(handle, TFloat32.class));
        }
        tf.withControlDependencies(initialised).withName("initialise").noOp();
        Operand<TFloat32> inner = tf.nn.relu(tf.math.add(tf.linalg.matMul(x, reads.get(0)), reads.get(1)));
        Operand<TFloat32> logits = tf.math.add(tf.linalg.matMul(inner, reads.get(2)), reads.get(3));
        Operand<TFloat32> target = tf.oneHot(label, tf.constant(Mlp.CLASSES), tf.constant(1f), tf.constant(0f));
        SoftmaxCrossEntropyWithLogits<TFloat32> entropy = tf.nn.softmaxCrossEntropyWithLogits(logits, target);
        Operand<TFloat32> loss = tf.withName(LOSS).math.mean(entropy.loss(), tf.constant(0));
        Output<?>[] gradients = graph.addGradients(
                loss.asOutput(), reads.stream().map(Operand::asOutput).toArray(Output<?>[]::new));
        List<Operand<TFloat32>> means = switch (exchange) {
            case EACH -> each(tf, gradients);
            case FUSED -> fused(tf, gradients, shapes);
            case NONE ->
                Arrays.stream(gradients)
                        .<Operand<TFloat32>>map(CollectivesMain::floats)
                        .toList();
        };
        List<Op> applied = new ArrayList<>();
        for (int i = 0; i < handles.size(); i++) {
            applied.add(
                    tf.train.resourceApplyGradientDescent(handles.get(i), tf.constant((float) Mlp.RATE), means.get(i)));
        }
        tf.withControlDependencies(applied).withName(APPLY).noOp();
    }

    private static TFloat32 initial(Shape shape) {
        Random random = new Random(shape.size());
        float[] values = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length && shape.numDimensions() == 2; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt((double) shape.get(0)));
        }
        return TFloat32.tensorOf(shape, DataBuffers.of(values));
    }

    private static List<Operand<TFloat32>> each(Ops tf, Output<?>[] gradients) {
        List<Operand<TFloat32>> means = new ArrayList<>();
        for (Output<?> gradient : gradients) {
            means.add(reduce(tf, gradient, means.size() + 1));
        }
        return means;
    }

    private static List<Operand<TFloat32>> fused(Ops tf, Output<?>[] gradients, List<Shape> shapes) {
        List<Operand<TFloat32>> flat = new ArrayList<>();
        int[] sizes = new int[gradients.length];
        for (int i = 0; i < gradients.length; i++) {
            sizes[i] = Math.toIntExact(shapes.get(i).size());
            flat.add(tf.reshape(floats(gradients[i]), tf.constant(new int[] {-1})));
        }
        Operand<TFloat32> mean = reduce(tf, tf.concat(flat, tf.constant(0)).asOutput(), 1);
        List<Output<TFloat32>> cut = tf.splitV(mean, tf.constant(sizes), tf.constant(0), (long) sizes.length)
                .output();
        List<Operand<TFloat32>> means = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            means.add(tf.reshape(cut.get(i), tf.constant(shapes.get(i).asArray())));
        }
        return means;
    }

    private static Operand<TFloat32> reduce(Ops tf, Output<?> gradient, int instance) {
        return floats(tf.scope()
                .opBuilder("CollectiveReduce", "mean" + instance)
                .addInput(gradient)
                .setAttr("group_size", (long) GROUP)
                .setAttr("group_key", 1L)
                .setAttr("instance_key", (long) instance)
                .setAttr("merge_op", "Add")
                .setAttr("final_op", "Div")
                .setAttr("subdiv_offsets", new long[] {0})
                .build()
                .output(0));
    }

    @SuppressWarnings("unchecked") // the gradient of a float is a float
    private static Output<TFloat32> floats(Output<? extends TType> output) {
        return (Output<TFloat32>) output;
    }
}
