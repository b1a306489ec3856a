/**
 * Spark without a distribution, and a look at what a test leaves behind.
 *
 * <pre>
 *  test JVM (driver)
 *    ├── LocalSpark local-cluster[n,cores,MB]: Master and Workers are threads here
 *    │     └── n executor JVMs ── their node JVMs
 *    └── StandaloneCluster: child JVMs, each ended by the end of its stdin
 *          ├── Lifeline → Master
 *          └── Lifeline → Worker ── executor JVM ── its node JVMs
 * </pre>
 *
 * <p>Everything listens on 127.0.0.1, and every file lies below one temporary folder per cluster, which goes with it. Executors keep
 * the machine's own {@code java.io.tmpdir}: what a node forgets there is what {@link io.tfcluster.tests.harness.Leftovers} must see.
 *
 * <p>local-cluster finds its folder by {@code spark.testing}, a switch that also changes how Spark schedules, counts memory and checks
 * plans. It is therefore on only while the SparkContext starts, and never part of its configuration. A SPARK_HOME in the environment
 * would avoid the switch, and would have to be set by whoever starts the JVM.
 */
@NullMarked
package io.tfcluster.tests.harness;

import org.jspecify.annotations.NullMarked;
