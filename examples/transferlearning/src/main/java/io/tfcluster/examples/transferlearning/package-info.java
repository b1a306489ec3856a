/**
 * Transfer learning as a pipeline, written as a user of tfcluster would write it: public API only.
 *
 * <pre>
 *  folder train/CLASS/*.jpg     ┌──────────── Pipeline.fit ─────────────┐
 *  ──────────────▶ ImageReader  │ ImageFeaturizer ──▶ TFEstimator:      │ ──▶ PipelineModel ──▶ test pictures ──▶ table, report.html
 *                               │  (a network,         one linear layer │      (--model-dir)
 *                               │   frozen graph)      on its features  │
 *                               └───────────────────────────────────────┘
 * </pre>
 *
 * <p>What is learned is what the well-known tutorial learns with its network as a fixed extractor of features: 25 epochs in batches of 4, SGD with
 * momentum 0.9, a rate of 0.001 that falls to a tenth every 7 epochs. One difference: pictures are not cut at random, so that the network, which
 * is most of the work, sees each once.
 */
@NullMarked
package io.tfcluster.examples.transferlearning;

import org.jspecify.annotations.NullMarked;
