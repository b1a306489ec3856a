/** Who is in the cluster, and who is still alive. */
@NullMarked
package io.tfcluster.reservation;

import org.jspecify.annotations.NullMarked;
