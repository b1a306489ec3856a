package io.tfcluster.records;

/** How the files that are written are compressed; what is read tells by itself. */
public enum Compression {
    /** Not at all: file names end in {@code .tfrecord}. */
    NONE("", ".tfrecord"),

    /** Each file one gzip stream, which TensorFlow reads with {@code compression_type = "GZIP"}: names end in {@code .tfrecord.gz}. */
    GZIP("GZIP", ".tfrecord.gz");

    private final String tensorflowName;
    private final String extension;

    Compression(String tensorflowName, String extension) {
        this.tensorflowName = tensorflowName;
        this.extension = extension;
    }

    /** Returns the {@code compression_type} that TensorFlow's own readers must be given: empty, or {@code GZIP}. */
    public String tensorflowName() {
        return tensorflowName;
    }

    String extension() {
        return extension;
    }

    /** Also takes the class name of Hadoop's codec, which the users of other connectors write. */
    static Compression ofOption(String value) {
        return switch (value.toLowerCase(java.util.Locale.ROOT)) {
            case "", "none", "uncompressed" -> NONE;
            case "gzip", "org.apache.hadoop.io.compress.gzipcodec" -> GZIP;
            default ->
                throw new IllegalArgumentException("option codec must be none or gzip, got " + value
                        + "; TensorFlow reads no other in files of many records");
        };
    }
}
