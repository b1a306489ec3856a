package io.tfcluster.examples.objectfeatures;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which networks, and how they are used. */
final class NetworkOptions {

    private static final String DETECTOR = "ssd_mobilenet_v1_coco/frozen_inference_graph.pb";
    private static final String LABEL_MAP = "ssd_mobilenet_v1_coco/mscoco_label_map.pbtxt";
    private static final String NETWORK = "mobilenet_v2_1.0_224/frozen_graph.pb";

    @Option(
            names = "--models",
            paramLabel = "DIR",
            description =
                    "Folder with " + DETECTOR + ", " + LABEL_MAP + " and " + NETWORK + ": short for the next three.")
    @Nullable
    Path models;

    @Option(
            names = "--detector",
            paramLabel = "FILE",
            description = "Frozen graph of a detector of TensorFlow's Object Detection API.")
    @Nullable
    String detector;

    @Option(
            names = "--label-map",
            paramLabel = "FILE",
            description = "The names of its classes (.pbtxt, or a line each).")
    @Nullable
    String labelMap;

    @Option(names = "--network", paramLabel = "FILE", description = "Frozen graph of the network that gives features.")
    @Nullable
    String network;

    @Option(
            names = "--tensor",
            paramLabel = "NAME",
            description = "Tensor of it that is taken (default ${DEFAULT-VALUE}).")
    String tensor = "MobilenetV2/Logits/AvgPool";

    @Option(
            names = "--pixel-range",
            paramLabel = "FROM,TO",
            split = ",",
            hideParamSyntax = true,
            description = "What black and white become for it (default -1,1).")
    double[] pixelRange = {-1, 1};

    @Option(
            names = "--score",
            paramLabel = "X",
            description = "Below it a box counts for nothing (default ${DEFAULT-VALUE}).")
    double score = 0.65;

    @Option(
            names = "--margin",
            paramLabel = "X",
            description = "Share of a box that is cut out around it (default ${DEFAULT-VALUE}).")
    double margin = 0.05;

    Networks networks(Function<String, ? extends RuntimeException> wrong) {
        String map = labelMap != null ? labelMap : below(LABEL_MAP);
        Networks networks = new Networks(
                file(detector, DETECTOR, "--detector", wrong),
                map.isEmpty() ? "" : SourceOptions.absolute(map),
                file(network, NETWORK, "--network", wrong),
                tensor,
                pixelRange.length == 2 ? List.of(pixelRange[0], pixelRange[1]) : List.of(),
                score,
                margin);
        if (pixelRange.length != 2 || !(pixelRange[0] < pixelRange[1])) {
            throw wrong.apply("--pixel-range needs two rising numbers, such as -1,1");
        }
        if (!(score >= 0 && score <= 1)) {
            throw wrong.apply("--score must be 0 to 1, got " + score);
        }
        if (!(margin >= 0 && margin <= 1)) {
            throw wrong.apply("--margin must be 0 to 1, got " + margin);
        }
        return networks;
    }

    private String file(
            @Nullable String given, String usual, String option, Function<String, ? extends RuntimeException> wrong) {
        String path = given != null ? given : below(usual);
        if (path.isEmpty()) {
            throw wrong.apply("name the networks: --models DIR, or --detector FILE and --network FILE");
        }
        String absolute = SourceOptions.absolute(path);
        if (absolute.startsWith("file:/") && !Files.isRegularFile(Path.of(absolute.substring("file:".length())))) {
            throw wrong.apply(
                    (given != null ? option + " " + given : "--models " + models + ": " + usual) + " is no file");
        }
        return absolute;
    }

    private String below(String usual) {
        return models == null ? "" : models.resolve(usual).toString();
    }
}
