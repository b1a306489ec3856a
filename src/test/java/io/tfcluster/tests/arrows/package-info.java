/** Which way the arrows between the modules go. */
@NullMarked
package io.tfcluster.tests.arrows;

import org.jspecify.annotations.NullMarked;
