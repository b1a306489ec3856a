package io.tfcluster.estimator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tfcluster.transport.ClusterSecret;
import java.util.Base64;
import java.util.List;

/**
 * What an executor tells a child: which model to load, in JSON over its standard input, and which tensors a task will ask for, in JSON over the
 * task's connection.
 *
 * @param source of the model, by the names of the driver
 * @param path of its files on this host
 * @param threads of its session
 * @param secret that tasks prove themselves with
 */
record ModelOrder(ModelSource source, String path, int threads, String secret) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The purpose of the connections, and the name of the socket in the child's folder. */
    static final String MODEL = "model";

    /**
     * What a task will ask for.
     *
     * @param limitSeconds of each run
     */
    record Question(List<TensorSpec> inputs, List<TensorSpec> outputs, long limitSeconds) {
        Question {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    static ModelOrder of(ModelSource source, String path, int threads, ClusterSecret secret) {
        return new ModelOrder(source, path, threads, Base64.getEncoder().encodeToString(secret.toBytes()));
    }

    ClusterSecret key() {
        return ClusterSecret.of(Base64.getDecoder().decode(secret));
    }

    static String write(Record record) {
        try {
            return JSON.writeValueAsString(record);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    "cannot write what a model's process is to do: " + e.getOriginalMessage(), e);
        }
    }

    static <T extends Record> T read(String text, Class<T> type) {
        try {
            return JSON.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot read what this process is to do: " + e.getOriginalMessage(), e);
        }
    }

    @Override
    public String toString() {
        return source + " in a process of its own"; // the secret is for no log
    }
}
