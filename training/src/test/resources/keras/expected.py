"""Writes expected.txt: what Keras and TensorFlow for Python make of the inputs and weights of the tests.

Made with TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6, Python 3.11, CPU:  python expected.py > expected.txt
One line per result: its name, then its numbers in row-major order. The test class Expected reads them.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
import tensorflow as tf


def fill(k, *shape):
    """The same numbers as Expected.fill in Java: -0.5 to below 0.5, another sequence for each k."""
    return np.array(
        [((i * i * 7 + i * 37 + k * 11) % 97) / 97.0 - 0.5 for i in range(int(np.prod(shape)))], np.float32
    ).reshape(shape)


def put(name, values):
    print(name, *[repr(float(v)) for v in np.asarray(values, np.float64).reshape(-1)])


def layer(name, made, x, *weights, mask=None):
    """A layer's results with weights fill(2), fill(3), ... and the gradients of sum(result * fill(9))."""
    x = tf.constant(x)
    made(x)
    made.set_weights(list(weights) if weights else [fill(2 + i, *w.shape) for i, w in enumerate(made.weights)])
    with tf.GradientTape() as tape:
        y = made(x, mask=mask) if mask is not None else made(x)
        loss = tf.reduce_sum(y * fill(9, *y.shape))
    put(name, y)
    for weight, gradient in zip(made.trainable_weights, tape.gradient(loss, [w.value for w in made.trainable_weights])):
        put(name + "/d_" + weight.name, tf.convert_to_tensor(gradient))


L = keras.layers
picture = fill(1, 2, 5, 6, 3)
layer("dense", L.Dense(5), fill(1, 3, 4))
layer("conv_same", L.Conv2D(4, 3, strides=2, padding="same"), picture)
layer("conv_valid", L.Conv2D(4, (3, 2), padding="valid", use_bias=False), picture)
layer("depthwise", L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), picture)
layer("separable", L.SeparableConv2D(4, 3, strides=2, depth_multiplier=2, padding="same"), picture)
put("max_pool", L.MaxPooling2D(3, 2, "valid")(picture))
put("average_pool", L.AveragePooling2D(2, 2, "same")(picture))
put("global_max", L.GlobalMaxPooling2D()(picture))
put("global_average", L.GlobalAveragePooling2D()(picture))
table = L.Embedding(5, 3)
table.build((2, 3))
table.set_weights([fill(2, 5, 3)])
put("embedding", table(np.array([[0, 3, 1], [2, 2, 4]])))

for name, x in (("norm2", fill(1, 6, 3)), ("norm4", picture)):
    norm = L.BatchNormalization(momentum=0.9)
    norm(tf.constant(x))
    norm.set_weights([fill(2, 3), fill(3, 3), fill(4, 3), fill(5, 3) + 1])
    put(name + "/predicted", norm(tf.constant(x), training=False))
    with tf.GradientTape() as tape:
        source = tf.constant(x)
        tape.watch(source)
        y = norm(source, training=True)
        loss = tf.reduce_sum(y * fill(9, *y.shape))
    put(name + "/trained", y)
    dx, dgamma, dbeta = tape.gradient(loss, [source, norm.gamma.value, norm.beta.value])
    put(name + "/d_x", dx)
    put(name + "/d_gamma", dgamma)
    put(name + "/d_beta", dbeta)
    put(name + "/moving_mean", norm.moving_mean)
    put(name + "/moving_variance", norm.moving_variance)

words = fill(1, 3, 4, 2)
valid = np.array([[True] * 4, [True] * 2 + [False] * 2, [True] + [False] * 3])
for name, kind in (("lstm", L.LSTM), ("gru", L.GRU)):
    layer(name + "/sequence", kind(3, return_sequences=True), words)
    layer(name + "/last", kind(3), words)
    layer(name + "/masked", kind(3, return_sequences=True), words, mask=tf.constant(valid))
    layer(name + "/masked_last", kind(3), words, mask=tf.constant(valid))

for name in (
    "linear relu relu6 leaky_relu elu selu gelu swish softplus softsign sigmoid hard_sigmoid tanh exponential softmax"
).split():
    put("activation/" + name, keras.activations.get(name)(tf.constant(6 * fill(1, 3, 4))))

logits, targets = 4 * fill(1, 4, 3), fill(2, 4, 3)
classes = np.array([0, 2, 1, 1])
binary = (targets > 0).astype(np.float32)
losses = keras.losses
put("loss/softmax", losses.SparseCategoricalCrossentropy(from_logits=True)(classes, logits))
put(
    "loss/softmax_smooth",
    losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(np.eye(3)[classes], logits),
)
put("loss/sigmoid", losses.BinaryCrossentropy(from_logits=True)(binary, logits))
put("loss/sigmoid_smooth", losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)(binary, logits))
put("loss/mse", losses.MeanSquaredError()(targets, logits))
put("loss/mae", losses.MeanAbsoluteError()(targets, logits))
put("loss/huber", losses.Huber(0.5)(targets, logits))
put("loss/l1", keras.regularizers.L1(0.1)(logits))
put("loss/l2", keras.regularizers.L2(0.1)(logits))

ROWS = 97
chances = fill(1, ROWS) + 0.5
truth = np.array([(i * i * 3 + i) % 7 < 3 for i in range(ROWS)])
scores = fill(2, ROWS, 5)
labels = np.array([((i * i * 7 + i * 37 + 33) % 97) % 5 for i in range(ROWS)])
onehot = np.eye(5)[labels]
metrics = keras.metrics


def metric(name, made, *data):
    made.update_state(*data)
    put("metric/" + name, made.result())


metric("accuracy", metrics.SparseCategoricalAccuracy(), labels, scores)
metric("top2", metrics.SparseTopKCategoricalAccuracy(2), labels, scores)
metric("binary_accuracy", metrics.BinaryAccuracy(threshold=0.4), truth, chances)
metric("precision", metrics.Precision(0.4), truth, chances)
metric("recall", metrics.Recall(0.4), truth, chances)
metric("f1", metrics.F1Score(threshold=0.4), truth[:, None].astype(np.float32), chances[:, None])
metric("macro_f1", metrics.F1Score(average="macro"), onehot, np.eye(5)[np.argmax(scores, 1)])
for c in range(5):
    hit = (np.argmax(scores, 1) == c).astype(np.float32)
    metric("precision_of_%d" % c, metrics.Precision(), labels == c, hit)
    metric("recall_of_%d" % c, metrics.Recall(), labels == c, hit)
metric("roc", metrics.AUC(), truth, chances)
metric("pr", metrics.AUC(curve="PR"), truth, chances)
metric("mse", metrics.MeanSquaredError(), onehot, scores)
metric("mae", metrics.MeanAbsoluteError(), onehot, scores)
metric("rmse", metrics.RootMeanSquaredError(), onehot, scores)
put("metric/confusion", tf.math.confusion_matrix(labels, np.argmax(scores, 1), 5))

STEPS = 25
features = fill(1, 8, 3)
wanted = (np.arange(8) % 3).astype(np.float32)[:, None]
NAMES = ("hidden/kernel", "hidden/bias", "out/kernel", "out/bias")
SHAPES = ((3, 2), (2,), (2, 1), (1,))


def mean_loss(w):
    return tf.reduce_mean(tf.square((features @ w[0] + w[1]) @ w[2] + w[3] - wanted))


def optimizer(name, made):
    w = [keras.Variable(fill(2 + i, *s), name=n.replace("/", "_")) for i, (n, s) in enumerate(zip(NAMES, SHAPES))]
    made.build(w)
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = mean_loss([v.value for v in w])
        made.apply(tape.gradient(loss, [v.value for v in w]), w)
    put("optimizer/" + name, np.concatenate([np.reshape(v, -1) for v in w]))


def momentum_of_version1(name, nesterov):
    """Keras multiplies the rate into the velocity; TensorFlow's own operation and optimizer do not."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        v1 = tf.compat.v1
        w = [v1.get_variable(n, initializer=fill(2 + i, *s), use_resource=True) for i, (n, s) in enumerate(zip(NAMES, SHAPES))]
        rate = v1.placeholder(tf.float32)
        step = v1.train.MomentumOptimizer(rate, 0.9, use_nesterov=nesterov).minimize(mean_loss(w))
        session.run(v1.global_variables_initializer())
        for i in range(STEPS):
            session.run(step, {rate: 0.05 * 0.5 ** (i / 10)})
        put("optimizer/" + name, np.concatenate([np.reshape(v, -1) for v in session.run(w)]))


S, O = keras.optimizers.schedules, keras.optimizers


def falling(rate):
    return S.ExponentialDecay(rate, 10, 0.5)


optimizer("sgd", O.SGD(falling(0.1)))
momentum_of_version1("momentum", False)
momentum_of_version1("nesterov", True)
optimizer("adagrad", O.Adagrad(falling(0.1)))
optimizer("rmsprop", O.RMSprop(falling(0.01)))
optimizer("rmsprop_centered", O.RMSprop(falling(0.01), rho=0.8, momentum=0.5, centered=True))
optimizer("adam", O.Adam(falling(0.05), epsilon=1e-8))
adamw = O.AdamW(falling(0.05), weight_decay=0.1, epsilon=1e-8)
adamw.exclude_from_weight_decay(var_names=["bias"])
optimizer("adamw", adamw)
optimizer("ftrl", O.Ftrl(falling(0.1), l1_regularization_strength=0.02, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.05))
optimizer("by_value", O.SGD(falling(0.1), clipvalue=0.2))
optimizer("by_norm", O.SGD(falling(0.1), clipnorm=0.2))
optimizer("by_global_norm", O.SGD(falling(0.1), global_clipnorm=0.2))
optimizer("decoupled", O.SGD(falling(0.1), weight_decay=0.1))

SCHEDULES = {
    "exponential": S.ExponentialDecay(0.1, 10, 0.5),
    "staircase": S.ExponentialDecay(0.1, 10, 0.5, staircase=True),
    "cosine": S.CosineDecay(0.2, 30, alpha=0.1),
    "warm_cosine": S.CosineDecay(0.05, 30, alpha=0.1, warmup_target=0.2, warmup_steps=8),
    "piecewise": S.PiecewiseConstantDecay([10, 20], [0.3, 0.2, 0.1]),
    "polynomial": S.PolynomialDecay(0.1, 30, 0.01, power=2.0),
    "linear": S.PolynomialDecay(0.1, 30, 0.01),
}
for name, schedule in SCHEDULES.items():
    put("schedule/" + name, [schedule(step) for step in (0, 1, 5, 8, 10, 11, 15, 20, 21, 30, 38, 40, 100)])
