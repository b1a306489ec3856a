/** What the README promises. */
package io.tfcluster.tests.readme;
