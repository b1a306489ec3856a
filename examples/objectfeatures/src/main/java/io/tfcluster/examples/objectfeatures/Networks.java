package io.tfcluster.examples.objectfeatures;

import java.util.List;

/**
 * The two networks and how they are used: all that decides what the features are. Remembered beside the output, and the same for all that is
 * ever added to it.
 *
 * @param detector frozen graph of the detector
 * @param labelMap its classes, empty if their names are not known
 * @param network frozen graph that gives the features
 * @param tensor of it that is taken
 * @param pixelRange what black and white become for it
 * @param score below it a box counts for nothing
 * @param margin share of a box that is cut out around it
 */
record Networks(
        String detector,
        String labelMap,
        String network,
        String tensor,
        List<Double> pixelRange,
        double score,
        double margin) {

    Networks {
        pixelRange = List.copyOf(pixelRange);
    }

    double[] range() {
        return pixelRange.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
