"""Writes the models of elsewhere.zip, which ImportedModelTest and its neighbours train. All numbers in them are made up.

Made with TensorFlow 2.21.0 and Keras 3.15.1:
    python make_models.py out && cd out && zip -9 -r -X ../elsewhere.zip .
"""

import os
import sys

import keras
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
out = sys.argv[1]
os.makedirs(out)


def convolution():
    """Keras, trained for two epochs: batch norm with statistics, dropout, swish; and its checkpoint."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.layers.Input((6, 6, 1), name="image"),
            keras.layers.Conv2D(3, 3, name="conv", activation="swish"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Dropout(0.5),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, name="head"),
        ],
        name="tiny",
    )
    x = np.random.RandomState(0).rand(64, 6, 6, 1).astype("float32")
    y = np.random.RandomState(1).randint(0, 3, 64)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, epochs=2, verbose=0)
    model.export(out + "/keras", verbose=False)
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).write(out + "/keras_ckpt")


class Words(tf.Module):
    """An embedding read by gather, a counter, a scale that is not trained, a loop."""

    words = [tf.TensorSpec([None], tf.int64)]

    def __init__(self):
        super().__init__()
        self.table = tf.Variable(np.arange(10, dtype="float32").reshape(5, 2) / 10, name="table")
        self.w = tf.Variable([[1.0], [2.0]], name="w")
        self.seen = tf.Variable(3, dtype=tf.int64, trainable=False, name="seen")
        self.scale = tf.Variable(0.5, trainable=False, name="scale")

    @tf.function(input_signature=words)
    def score(self, word):
        score = tf.squeeze(tf.matmul(tf.gather(self.table, word), self.w), 1)
        return {"score": score * self.scale + tf.cast(self.seen, tf.float32)}

    @tf.function(input_signature=words)
    def loop(self, word):
        start = tf.reduce_sum(self.table)
        end = tf.while_loop(lambda a: a < 10.0, lambda a: (a * 2.0 + tf.reduce_sum(self.w),), (start,))
        return {"looped": end[0] + tf.cast(word, tf.float32)}

    @tf.function(input_signature=words)
    def count(self, word):
        self.seen.assign_add(1)
        return {"seen": self.seen.read_value()}


class Line(tf.Module):
    """Trains itself by gradient descent, with a counter and a rate."""

    x = tf.TensorSpec([None, 2], tf.float32, name="x")
    y = tf.TensorSpec([None], tf.float32, name="y")

    def __init__(self):
        super().__init__()
        self.w = tf.Variable([0.5, -0.25], name="w")
        self.b = tf.Variable(0.0, name="b")
        self.steps = tf.Variable(0, dtype=tf.int64, trainable=False, name="steps")
        self.rate = tf.Variable(0.1, trainable=False, name="rate")

    @tf.function(input_signature=[x, y])
    def train(self, x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.linalg.matvec(x, self.w) + self.b - y) ** 2)
        gw, gb = tape.gradient(loss, [self.w, self.b])
        self.w.assign_sub(self.rate * gw)
        self.b.assign_sub(self.rate * gb)
        self.steps.assign_add(1)
        return {"loss": loss}

    @tf.function(input_signature=[x])
    def predict(self, x):
        return {"y": tf.linalg.matvec(x, self.w) + self.b}


def parts():
    """A SavedModel of TensorFlow 1 with a variable in two parts, and one that its author does not train."""
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 4], name="x")
        with v1.variable_scope("p", partitioner=v1.fixed_size_partitioner(2), use_resource=True):
            w = v1.get_variable("w", [4, 3], initializer=v1.random_uniform_initializer(seed=3))
        k = v1.get_variable("k", initializer=2.0, trainable=False, use_resource=True)
        o = tf.matmul(x, tf.convert_to_tensor(w)) * k
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, out + "/parts", {"x": x}, {"o": o})


def momentum():
    """A SavedModel of TensorFlow 1 that trains itself by momentum, reference variables and slots."""
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        y = v1.placeholder(tf.float32, [None], name="y")
        w = v1.get_variable("w", initializer=np.array([0.5, -0.25], "float32"), use_resource=False)
        loss = tf.reduce_mean((tf.linalg.matvec(x, w) - y) ** 2)
        step = v1.train.get_or_create_global_step()
        update = v1.train.MomentumOptimizer(0.05, 0.9).minimize(loss, global_step=step)
        with tf.control_dependencies([update]):
            reported = tf.identity(loss)
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(out + "/momentum")
        tensor = v1.saved_model.build_tensor_info
        train = v1.saved_model.build_signature_def({"x": tensor(x), "y": tensor(y)}, {"loss": tensor(reported)})
        builder.add_meta_graph_and_variables(session, ["train"], {"train": train})
        builder.save()


def graph():
    """A graph of TensorFlow 1 with reference variables and their assignments, and a checkpoint with other values."""
    graph = tf.Graph()
    with graph.as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        first = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "float32")
        kernel = v1.get_variable("dense/kernel", initializer=first, use_resource=False)
        bias = v1.get_variable("dense/bias", initializer=np.zeros(3, "float32"), use_resource=False)
        tf.identity(tf.matmul(x, kernel) + bias, name="logits")
        saver = v1.train.Saver()
        session.run(v1.global_variables_initializer())
        session.run(bias.assign([1.0, 2.0, 3.0]))
        saver.save(session, out + "/tf1_ckpt/model", global_step=7, write_meta_graph=False)
    with open(out + "/tf1_graph.pb", "wb") as file:
        file.write(graph.as_graph_def().SerializeToString())


convolution()
words = Words()
signatures = {"serving_default": words.score, "loop": words.loop, "count": words.count}
tf.saved_model.save(words, out + "/words", signatures=signatures)
line = Line()
tf.saved_model.save(line, out + "/line", signatures={"train": line.train, "predict": line.predict})
v1.disable_resource_variables()
parts()
momentum()
graph()
