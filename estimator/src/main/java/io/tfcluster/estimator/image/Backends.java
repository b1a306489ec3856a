package io.tfcluster.estimator.image;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the backend of a name. */
final class Backends {

    static final String AUTO = "auto";
    static final List<String> NAMES = List.of(AUTO, ImageIoBackend.NAME, OpenCvBackend.NAME);

    private static final Logger log = LoggerFactory.getLogger(Backends.class);

    private Backends() {}

    /** What {@code auto} stands for here: OpenCV where it is on the class path and can be loaded, else ImageIO. */
    static ImageBackend named(String name) {
        return switch (name) {
            case ImageIoBackend.NAME -> ImageIoBackend.INSTANCE;
            case OpenCvBackend.NAME ->
                OpenCv.backend()
                        .orElseThrow(() -> new IllegalStateException(
                                "backend \"opencv\" cannot be loaded here (" + OpenCv.WHY_NOT
                                        + "). Put org.bytedeco:opencv with its natives, and those of openblas and javacpp, on the class path of driver and executors, or set backend to \"imageio\".",
                                OpenCv.WHY_NOT));
            case AUTO -> OpenCv.backend().orElse(ImageIoBackend.INSTANCE);
            default -> throw new IllegalArgumentException("backend must be one of " + NAMES + ", got \"" + name + "\"");
        };
    }

    /** Tried once in a JVM, when it is first asked for. */
    private static final class OpenCv {

        private static final @Nullable ImageBackend BACKEND;
        private static final @Nullable Throwable WHY_NOT;

        static {
            ImageBackend backend = null;
            Throwable whyNot = null;
            try {
                backend = OpenCvBackend.load();
            } catch (LinkageError | RuntimeException e) { // not on the class path, or not for this machine
                whyNot = e;
                log.debug("OpenCV is not used: {}", e.toString());
            }
            BACKEND = backend;
            WHY_NOT = whyNot;
        }

        static Optional<ImageBackend> backend() {
            return Optional.ofNullable(BACKEND);
        }
    }
}
