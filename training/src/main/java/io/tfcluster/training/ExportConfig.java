package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a SavedModel has: signatures, files, and where it goes.
 *
 * <p>A value; each method returns another one. There is always a signature "serving_default": unless another is given it takes the inputs
 * that the model's predictions need, and gives all of them.
 *
 * <pre>{@code
 * ExportConfig.to("hdfs://names:8020/models/flowers/1")
 *         .signature("serving_default", serving -> Map.of("image", serving.decodeJpegs(serving.input("jpeg", TString.class, Shape.of(-1)), 96, 96)))
 *         .signature("features", ServingFunction.ofModel(), "embedding")
 *         .asset("labels.txt", Path.of("labels.txt"))
 * }</pre>
 *
 * @param folder a path, or a URI of a Hadoop file system; it must not exist, or be empty. TensorFlow Serving wants a number as its last name
 * @param signatures by name
 * @param assets local files by the name they get in the export
 * @param hadoop settings for Hadoop file systems, beside those of the class path
 */
public record ExportConfig(
        String folder, Map<String, ServingSignature> signatures, Map<String, String> assets, Map<String, String> hadoop)
        implements Serializable {
    /** Name of the signature that programs take unless they are told another. */
    public static final String DEFAULT_SIGNATURE = "serving_default";

    /**
     * One way to ask the model.
     *
     * @param serving what stands before the model
     * @param predictions what it gives, of the model's; empty for all
     */
    public record ServingSignature(ServingFunction serving, List<String> predictions) implements Serializable {
        /** Copies the list. */
        public ServingSignature {
            requireNonNull(serving, "serving");
            predictions = List.copyOf(predictions);
        }
    }

    /** Checks the folder and the names. */
    public ExportConfig {
        signatures = Collections.unmodifiableMap(new LinkedHashMap<>(signatures));
        assets = Collections.unmodifiableMap(new LinkedHashMap<>(assets));
        hadoop = Map.copyOf(hadoop);
        if (folder.isBlank()) {
            throw new IllegalArgumentException("an export needs a folder, got \"" + folder + "\"");
        }
        List<String> names = new ArrayList<>(signatures.keySet());
        names.addAll(assets.keySet());
        for (String name : names) {
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.\\-]*")) {
                throw new IllegalArgumentException("\"" + name
                        + "\" cannot be the name of a signature or an asset; use letters, digits, '.', '_', '-'");
            }
        }
    }

    /** Returns an export of all predictions, from the model's own inputs. */
    public static ExportConfig to(String folder) {
        return new ExportConfig(folder, Map.of(), Map.of(), Map.of());
    }

    /**
     * Adds a signature, or replaces the one of that name.
     *
     * @param serving what stands before the model
     * @param predictions what it gives, of the model's; none for all
     */
    public ExportConfig signature(String name, ServingFunction serving, String... predictions) {
        Map<String, ServingSignature> more = new LinkedHashMap<>(signatures);
        more.put(name, new ServingSignature(serving, List.of(predictions)));
        return new ExportConfig(folder, more, assets, hadoop);
    }

    /**
     * Adds a file, such as the labels of classes; serving functions find it with {@link ServingBuilder#asset}.
     *
     * @param file on the machine of rank 0
     */
    public ExportConfig asset(String name, Path file) {
        Map<String, String> more = new LinkedHashMap<>(assets);
        more.put(name, file.toString());
        return new ExportConfig(folder, signatures, more, hadoop);
    }

    /** Sets what Hadoop's class path does not say, such as the credentials of a store. */
    public ExportConfig hadoop(Map<String, String> settings) {
        return new ExportConfig(folder, signatures, assets, settings);
    }

    /** The signatures with the default one. */
    Map<String, ServingSignature> all() {
        Map<String, ServingSignature> all = new LinkedHashMap<>(signatures);
        all.putIfAbsent(DEFAULT_SIGNATURE, new ServingSignature(ServingFunction.ofModel(), List.of()));
        return all;
    }
}
