package io.tfcluster.examples.flowers;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a training run was asked for, checked and with the defaults filled in. */
record Settings(
        PictureOptions pictures,
        @Nullable Path backbone,
        @Nullable String master,
        int workers,
        int ps,
        @Nullable Integer epochsAsked,
        int batchSize,
        @Nullable Integer imageSizeAsked,
        Path modelDir,
        Path report,
        @Nullable Path result,
        boolean pipeline,
        boolean grid) {

    static final int SCRATCH_EPOCHS = 25;
    static final int HEAD_EPOCHS = 20;
    static final int SCRATCH_IMAGE_SIZE = 96;

    int epochs() {
        return epochsAsked != null ? epochsAsked : backbone != null ? HEAD_EPOCHS : SCRATCH_EPOCHS;
    }

    int imageSize() {
        return imageSizeAsked != null ? imageSizeAsked : SCRATCH_IMAGE_SIZE;
    }

    long seed() {
        return pictures.seed;
    }

    int nodes() {
        return workers + ps;
    }

    Optional<Path> resultFile() {
        return Optional.ofNullable(result);
    }
}
