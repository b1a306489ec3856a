package io.tfcluster;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * How the JVM of a node is started.
 *
 * @param memory heap limit in JVM notation
 * @param intraOpThreads TensorFlow's threads within one operation
 * @param interOpThreads TensorFlow's operations side by side
 * @param jvmOptions further options
 * @param environment variables on top of the executor's own
 */
record NodeSettings(
        String memory, int intraOpThreads, int interOpThreads, List<String> jvmOptions, Map<String, String> environment)
        implements Serializable {
    NodeSettings {
        jvmOptions = List.copyOf(jvmOptions);
        environment = Map.copyOf(environment);
    }
}
