package io.tfcluster.records;

import java.io.Serializable;
import java.util.List;

/** A file, its length and the hosts that hold its first block. */
record DataFile(String path, long bytes, List<String> hosts) implements Serializable {
    DataFile {
        hosts = List.copyOf(hosts);
    }
}
