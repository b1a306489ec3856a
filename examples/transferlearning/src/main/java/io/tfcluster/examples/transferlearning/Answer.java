package io.tfcluster.examples.transferlearning;

import java.util.List;

/**
 * What the model says of a test picture.
 *
 * @param path of its file
 * @param label its class
 * @param probabilities of all classes
 */
record Answer(String path, int label, List<Double> probabilities) {

    Answer {
        probabilities = List.copyOf(probabilities);
    }

    int best() {
        int best = 0;
        for (int i = 1; i < probabilities.size(); i++) {
            if (probabilities.get(i) > probabilities.get(best)) {
                best = i;
            }
        }
        return best;
    }

    boolean isRight() {
        return best() == label;
    }

    double certainty() {
        return probabilities.get(best());
    }

    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
