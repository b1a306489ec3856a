package io.tfcluster.estimator.image;

import java.util.SplittableRandom;

/** Takes pictures through a chain, one at a time; for one thread. */
final class ChainRunner {

    private final ImageChain chain;
    private final ImageBackend backend;
    private final long maxPixels;
    private final boolean subsampling;

    ChainRunner(ImageChain chain, ImageBackend backend, long maxPixels, boolean subsampling) {
        this.chain = chain;
        this.backend = backend;
        this.maxPixels = maxPixels;
        this.subsampling = subsampling;
    }

    Pixels file(byte[] file, SplittableRandom random) {
        PictureHeader header = PictureHeader.read(file);
        double shrink = subsampling && header.width() > 0
                ? shrink(
                        header.isTurned() ? header.height() : header.width(),
                        header.isTurned() ? header.width() : header.height())
                : 1;
        Pixels stored = backend.decode(file, header, new DecodeLimits(maxPixels, shrink));
        return steps(stored.oriented(header.orientation()), random);
    }

    Pixels steps(Pixels in, SplittableRandom random) {
        Pixels pixels = in;
        for (ImageStep step : chain.steps()) {
            pixels = step.apply(pixels, backend, random);
        }
        return pixels;
    }

    byte[] jpeg(Pixels pixels, int quality) {
        return backend.jpeg(pixels, quality);
    }

    /** How many times larger than the chain's first step needs it a picture is; 1 if that step is no resizing. */
    private double shrink(int width, int height) {
        ImageStep first = chain.steps().isEmpty() ? null : chain.steps().get(0);
        if (first instanceof ImageStep.Resize to && to.filter() != ResizeFilter.NEAREST) {
            return Math.min((double) width / to.width(), (double) height / to.height());
        }
        if (first instanceof ImageStep.ResizeShorterSide to && to.filter() != ResizeFilter.NEAREST) {
            return (double) Math.min(width, height) / to.size();
        }
        return 1;
    }
}
