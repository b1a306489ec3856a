/**
 * From pictures in MongoDB to a trained flowers classifier, written as a user of tfcluster would write it: public API only.
 *
 * <pre>
 *  folder of photographs            child JVM
 *  or FlowerPainter    Loader   ┌──────────────┐   mongo-spark-connector    executor JVMs               node JVMs
 *  ────────────────▶ checks ──▶ │ EmbeddedMongo│ ─────────────────────────▶ PictureReader: shuffle, ──▶ FlowersMain: fit,
 *                    each once  │ or the user's│      partitions of         decode, scale; kept by      export, answer
 *                               └──────────────┘      documents             Spark for all epochs        │
 *  driver: FlowersJob ◀─────────────────────── probabilities of the test pictures ──────────────────────┘
 *    └─▶ table, report.html, JSON, SavedModel (files in, probabilities out) ─▶ PredictCommand
 * </pre>
 *
 * <p>With {@code --backbone} a first cluster ({@link io.tfcluster.examples.flowers.FeaturesMain}) turns the pictures into features once, and
 * the second one learns a head on them; the SavedModel holds both.
 *
 * <p>Decisions. A document's {@code _id} is the SHA-256 of its picture: loading twice changes nothing, and train or test follows from the
 * picture alone. Each folder of photographs and each kind of drawing has a collection of its own in the embedded server, so that runs do not
 * mix. Files are decoded by ImageIO in Spark's tasks and by TensorFlow in the SavedModel; both cut the middle square and scale it by area,
 * and a test holds them together. Pictures are fed a third larger than the network sees, since it looks at random cuts of them.
 *
 * <p>Regrets. The embedded server builds each answer in memory before it sends the first piece: it is for some ten thousand pictures, beyond
 * that use a MongoDB. The chief writes the SavedModel to its own disk; on several hosts {@code --model-dir} must be a folder all share.
 */
@NullMarked
package io.tfcluster.examples.flowers;

import org.jspecify.annotations.NullMarked;
