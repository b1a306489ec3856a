/** What Spark's generated code calls; not for users. */
@NullMarked
package io.tfcluster.estimator.internal;

import org.jspecify.annotations.NullMarked;
