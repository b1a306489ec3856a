package io.tfcluster;

import java.io.Serializable;

/**
 * Something of the user's that {@link TFCluster#check} looks at on the driver and on every executor: whether a database answers from there,
 * whether a licence file is there.
 *
 * <p>It travels in Spark's task data and runs on a thread of its own, which is interrupted and left alone when it takes more than 30 s.
 *
 * <pre>{@code
 * CheckOptions options = CheckOptions.none().everywhere(
 *         "licence", () -> Files.readString(Path.of("/etc/licence")).strip(), "copy the licence to every host");
 * }</pre>
 */
@FunctionalInterface
public interface HostCheck extends Serializable {
    /**
     * Looks.
     *
     * @return what was found, all being well; one line, the same everywhere if possible, for places are listed together then
     * @throws Exception if something is wrong; its text says what, and must hold no secret
     */
    String run() throws Exception;
}
