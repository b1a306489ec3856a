/** How rows reach a process and results return. */
@NullMarked
package io.tfcluster.feeding;

import org.jspecify.annotations.NullMarked;
