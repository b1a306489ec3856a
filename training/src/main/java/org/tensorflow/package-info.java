/** Four small doors into tensorflow-core-api that its public API lacks; see each class. */
@org.jspecify.annotations.NullMarked
package org.tensorflow;
