/** Whole clusters on real executors: every shape of them, every way to break them, and what they leave behind. */
package io.tfcluster.tests.cluster;
