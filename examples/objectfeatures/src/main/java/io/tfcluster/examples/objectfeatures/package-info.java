/**
 * Finds the main object of each picture of a collection, cuts it out, and computes a feature code of it: for search by likeness, and to find
 * pictures that are there twice. Written as a user of tfcluster would write it: public API only.
 *
 * <pre>
 *  MongoDB, Parquet,     ┌─────────────────────── one Spark pipeline, a batch of pictures at a time ────────────────────────┐
 *  or a folder           │ ImageTransformer ─▶ ObjectDetector ─▶ ImageCropper ─▶ ImageFeaturizer ─▶ BinaryCode            │
 *  ────────────────────▶ │  decoded once        SSD, best box     from the         a vector of       a bit for each       │
 *   id, label, picture   │                                        original         the box           feature              │
 *                        └──────────────────────────────────────────┬───────────────────────────────────────────────────────┘
 *                                                                   ▼
 *         OUTPUT/run.json, codes.json, features/batch=n/*.parquet, rejected/batch=n/*.parquet ──▶ similar, duplicates, evaluate
 * </pre>
 *
 * <p>Decisions with a cost.
 * <ul>
 *   <li>A batch is written aside and renamed when it is whole; what is there is not computed again, and what is not there was not half written.
 *       A run that is killed loses one batch. Each batch is written twice, because the thresholds of the codes come from the first one's features,
 *       and to have one file a batch and not one for each task: 6 KB a picture, against two networks.
 *   <li>Batches are taken in the order of a hash of the id, so that the first one is a sample of all.
 *   <li>One run at a time may write to an output; nothing but this sentence forbids two.
 *   <li>No picture is written: the pages fetch those that they show from where they came from.
 * </ul>
 */
@NullMarked
package io.tfcluster.examples.objectfeatures;

import org.jspecify.annotations.NullMarked;
