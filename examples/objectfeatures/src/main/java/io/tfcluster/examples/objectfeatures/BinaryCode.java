package io.tfcluster.examples.objectfeatures;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tfcluster.examples.common.ExampleException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * A bit for each feature: whether it is above what half of the pictures have. Each bit parts the pictures in two halves, as DeepBit wants of a
 * good code (Lin et al., Learning Compact Binary Descriptors with Unsupervised Deep Neural Networks, CVPR 2016), and a code takes a 32nd of the
 * room of its features.
 *
 * <p>Learned once from a sample of the first pictures, and kept beside the output: codes of different thresholds say nothing of each other.
 */
final class BinaryCode implements Serializable {

    private static final long serialVersionUID = 1L;

    private final float[] thresholds;
    private final long sample;

    private BinaryCode(float[] thresholds, long sample) {
        this.thresholds = thresholds;
        this.sample = sample;
    }

    /**
     * Learns the median of each feature; a feature that half of the pictures lack has its threshold at that very value, and its bit tells
     * who has more.
     *
     * @param sample features of some pictures, all of one length; taken at random from what is to be told apart
     */
    static BinaryCode medians(List<float[]> sample) {
        if (sample.isEmpty()) {
            throw new IllegalArgumentException("thresholds need one picture or more to be learned from, got none");
        }
        int bits = sample.get(0).length;
        float[] thresholds = new float[bits];
        float[] column = new float[sample.size()];
        for (int bit = 0; bit < bits; bit++) {
            for (int i = 0; i < column.length; i++) {
                column[i] = sample.get(i)[bit];
            }
            Arrays.sort(column);
            // The lower one of two middles: then at least half are not above it, and ties are not split by rounding.
            thresholds[bit] = column[(column.length - 1) / 2];
        }
        return new BinaryCode(thresholds, sample.size());
    }

    int bits() {
        return thresholds.length;
    }

    /** How many pictures the thresholds were learned from. */
    long sample() {
        return sample;
    }

    /**
     * Returns the code: bit i is bit i % 8 of byte i / 8.
     *
     * @throws IllegalArgumentException if there are more or fewer features than thresholds
     */
    byte[] encode(float[] features) {
        if (features.length != thresholds.length) {
            throw new IllegalArgumentException("a code has " + thresholds.length + " bits, but the network gives "
                    + features.length + " features; codes of one output come from one network");
        }
        byte[] code = new byte[(features.length + 7) / 8];
        for (int i = 0; i < features.length; i++) {
            if (features[i] > thresholds[i]) {
                code[i >> 3] |= (byte) (1 << (i & 7));
            }
        }
        return code;
    }

    String toJson() {
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.put("kind", "median").put("bits", bits()).put("sample", sample);
        ArrayNode values = node.putArray("thresholds");
        for (float threshold : thresholds) {
            values.add(threshold);
        }
        return node.toString();
    }

    /** Reads what {@link #toJson} wrote. */
    static BinaryCode fromJson(String json) {
        try {
            JsonNode node = new ObjectMapper().readTree(json);
            JsonNode values = node.path("thresholds");
            if (!values.isArray() || values.isEmpty()) {
                throw new ExampleException("the thresholds of the codes are no list of numbers; was the file changed?");
            }
            float[] thresholds = new float[values.size()];
            for (int i = 0; i < thresholds.length; i++) {
                thresholds[i] = values.get(i).floatValue();
            }
            return new BinaryCode(thresholds, node.path("sample").asLong());
        } catch (JsonProcessingException e) {
            throw new ExampleException("the thresholds of the codes are no JSON; was the file changed?", e);
        }
    }
}
