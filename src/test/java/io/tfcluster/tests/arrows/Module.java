package io.tfcluster.tests.arrows;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Our Maven modules, each with its one root package and what it may use besides itself, the JDK, SLF4J and JSpecify. */
enum Module {
    TRANSPORT("io.tfcluster.transport", "jdk.net.."), // keep-alive of TCP
    RESERVATION("io.tfcluster.reservation", "io.tfcluster.transport..", "io.netty..", "com.fasterxml.jackson.."),
    /** TensorFlow is for {@code feeding.tensor} alone; that is a rule of its own. */
    FEEDING("io.tfcluster.feeding", "io.tfcluster.transport..", "org.tensorflow..", "org.bytedeco.javacpp.."),
    TRAINING(
            "io.tfcluster.training",
            "io.tfcluster.transport..",
            "org.tensorflow..",
            "org.bytedeco.javacpp..",
            "com.google.protobuf..",
            "org.apache.hadoop.."),
    /** Of TensorFlow only the messages that records hold: no native code is needed to read them. */
    RECORDS(
            "io.tfcluster.records",
            "org.tensorflow.proto..",
            "com.google.protobuf..",
            "org.apache.spark..",
            "org.apache.hadoop..",
            "scala.."),
    TFCLUSTER(
            "io.tfcluster",
            "io.tfcluster.transport..",
            "io.tfcluster.reservation..",
            "io.tfcluster.feeding..",
            "io.tfcluster.training..",
            "org.tensorflow..",
            "org.bytedeco.javacpp..",
            "com.google.protobuf..",
            "com.fasterxml.jackson..",
            "org.apache.spark..",
            "org.apache.hadoop..",
            "scala.."),
    ESTIMATOR(
            "io.tfcluster.estimator",
            "io.tfcluster",
            "io.tfcluster.records",
            "io.tfcluster.transport",
            "io.tfcluster.reservation",
            "io.tfcluster.feeding..",
            "io.tfcluster.training..",
            "org.tensorflow..",
            "org.bytedeco.javacpp..",
            "org.bytedeco.opencv..",
            "org.bytedeco.ffmpeg..",
            "com.google.protobuf..",
            "com.fasterxml.jackson..",
            "org.apache.spark..",
            "org.apache.hadoop..",
            "scala.."),
    TOOLS(
            "io.tfcluster.tools",
            "io.tfcluster",
            "io.tfcluster.transport",
            "io.tfcluster.feeding",
            "io.tfcluster.training",
            "io.tfcluster.estimator..",
            "com.mongodb..",
            "org.bson..",
            "org.tensorflow.proto..",
            "com.google.protobuf..",
            "picocli..",
            "org.apache.spark..",
            "org.apache.hadoop..",
            "scala.."),
    EXAMPLES(
            "io.tfcluster.examples",
            "io.tfcluster",
            "io.tfcluster.estimator",
            "io.tfcluster.estimator.image",
            "io.tfcluster.estimator.video",
            "io.tfcluster.reservation",
            "io.tfcluster.feeding..",
            "io.tfcluster.training..",
            "org.tensorflow..",
            "org.bytedeco.javacpp..",
            "com.google.protobuf..",
            "com.fasterxml.jackson..",
            "com.mongodb..",
            "org.bson..",
            "org.apache.kafka..",
            "kafka..",
            "de.bwaldvogel..",
            "org.h2..",
            "picocli..",
            "io.netty..",
            "org.apache.spark..",
            "org.apache.hadoop..",
            "scala..");

    /** Some classes of training lie in TensorFlow's package: only from there can a Session be opened on a Server. */
    static final String TENSORFLOW = "org.tensorflow";

    private static final List<String> EVERYBODY = List.of("java..", "javax..", "org.slf4j..", "org.jspecify..");

    private final String root;

    @SuppressWarnings("ImmutableEnumChecker") // it is a List.of
    private final List<String> others;

    Module(String root, String... others) {
        this.root = root;
        this.others = List.of(others);
    }

    /** The module whose root package is the longest that fits; none for tests and strangers. */
    static Optional<Module> of(JavaClass type) {
        JavaClass element = type.getBaseComponentType();
        String name = element.getPackageName();
        if (name.equals(TENSORFLOW)) {
            return Optional.of(TRAINING);
        }
        if (name.equals("io.tfcluster.tests") || name.startsWith("io.tfcluster.tests.")) {
            return Optional.empty();
        }
        return Stream.of(values())
                .filter(module -> name.equals(module.root) || name.startsWith(module.root + "."))
                .max((a, b) -> Integer.compare(a.root.length(), b.root.length()));
    }

    DescribedPredicate<JavaClass> classes() {
        return DescribedPredicate.describe(
                "belong to " + root, type -> of(type).filter(this::equals).isPresent());
    }

    /** Package patterns it may see, besides its own. */
    List<String> mayUse() {
        List<String> patterns = new ArrayList<>(EVERYBODY);
        patterns.addAll(others);
        return patterns;
    }

    /** Package patterns in which its types may be public. */
    String[] publicPackages() {
        return switch (this) {
            case FEEDING -> new String[] {root, root + ".tensor", root + ".internal.."};
            case TRAINING -> new String[] {root, root + ".ring", root + ".layers", TENSORFLOW};
            case ESTIMATOR -> new String[] {root, root + ".image", root + ".video", root + ".internal.."};
            case EXAMPLES -> new String[] {root + ".*"};
            default -> new String[] {root, root + ".internal.."};
        };
    }
}
