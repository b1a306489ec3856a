/** How processes add up vectors: a circle of authenticated connections, two passes, deadlines on every read and write. */
@NullMarked
package io.tfcluster.training.ring;

import org.jspecify.annotations.NullMarked;
