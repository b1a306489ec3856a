package io.tfcluster.estimator.image;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.Serializable;
import java.util.List;
import java.util.SplittableRandom;

/** One step of an {@link ImageChain}: a value that cannot be wrong, and its JSON. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "step")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ImageStep.Resize.class, name = "resize"),
    @JsonSubTypes.Type(value = ImageStep.ResizeShorterSide.class, name = "resizeShorterSide"),
    @JsonSubTypes.Type(value = ImageStep.CentreCrop.class, name = "centreCrop"),
    @JsonSubTypes.Type(value = ImageStep.RandomCrop.class, name = "randomCrop"),
    @JsonSubTypes.Type(value = ImageStep.RandomFlip.class, name = "randomFlip"),
    @JsonSubTypes.Type(value = ImageStep.ColourJitter.class, name = "colourJitter"),
    @JsonSubTypes.Type(value = ImageStep.Scale.class, name = "scale"),
    @JsonSubTypes.Type(value = ImageStep.Normalise.class, name = "normalise"),
    @JsonSubTypes.Type(value = ImageStep.Order.class, name = "order"),
})
sealed interface ImageStep extends Serializable {

    /** A side longer than this is a mistake, not a wish. */
    int MAX_SIDE = 16_384;

    /** Steps that change bytes into bytes do it here; those that make floats, or choose channels, return what they got. */
    default Pixels apply(Pixels in, ImageBackend backend, SplittableRandom random) {
        return in;
    }

    /** Whether it makes floats. */
    default boolean makesFloats() {
        return this instanceof Scale || this instanceof Normalise;
    }

    /** Whether two pictures of equal content can come out different. */
    default boolean drawsRandom() {
        return this instanceof RandomCrop || this instanceof RandomFlip || this instanceof ColourJitter;
    }

    record Resize(int width, int height, ResizeFilter filter) implements ImageStep {
        public Resize {
            checkSide("resize width", width);
            checkSide("resize height", height);
            checkGiven("resize", "filter", filter);
        }

        @Override
        public Pixels apply(Pixels in, ImageBackend backend, SplittableRandom random) {
            return backend.resize(in, width, height, filter);
        }
    }

    record ResizeShorterSide(int size, ResizeFilter filter) implements ImageStep {
        public ResizeShorterSide {
            checkSide("resizeShorterSide", size);
            checkGiven("resizeShorterSide", "filter", filter);
        }

        @Override
        public Pixels apply(Pixels in, ImageBackend backend, SplittableRandom random) {
            double scale = (double) size / Math.min(in.width(), in.height());
            int width = in.width() <= in.height() ? size : longer(in.width(), scale);
            int height = in.height() <= in.width() ? size : longer(in.height(), scale);
            return backend.resize(in, width, height, filter);
        }

        private static int longer(int side, double scale) {
            long scaled = Math.round(side * scale);
            if (scaled > 4 * MAX_SIDE) {
                throw new BrokenPictureException("too long and narrow (its longer side would become " + scaled + ")");
            }
            return (int) scaled;
        }
    }

    record CentreCrop(int width, int height) implements ImageStep {
        public CentreCrop {
            checkSide("centreCrop width", width);
            checkSide("centreCrop height", height);
        }

        @Override
        public Pixels apply(Pixels in, ImageBackend backend, SplittableRandom random) {
            checkFits(in, width, height);
            return in.crop((in.width() - width) / 2, (in.height() - height) / 2, width, height);
        }
    }

    record RandomCrop(int width, int height) implements ImageStep {
        public RandomCrop {
            checkSide("randomCrop width", width);
            checkSide("randomCrop height", height);
        }

        @Override
        public Pixels apply(Pixels in, ImageBackend backend, SplittableRandom random) {
            checkFits(in, width, height);
            int left = random.nextInt(in.width() - width + 1);
            int top = random.nextInt(in.height() - height + 1);
            return in.crop(left, top, width, height);
        }
    }

    record RandomFlip(double probability) implements ImageStep {
        public RandomFlip {
            if (!(probability >= 0 && probability <= 1)) {
                throw new IllegalArgumentException("randomFlip needs a probability of 0 to 1, got " + probability);
            }
        }

        @Override
        public Pixels apply(Pixels in, ImageBackend backend, SplittableRandom random) {
            return random.nextDouble() < probability ? in.mirrored() : in;
        }
    }

    record ColourJitter(double brightness, double contrast, double saturation) implements ImageStep {
        public ColourJitter {
            if (!(brightness >= 0 && contrast >= 0 && saturation >= 0 && brightness + contrast + saturation < 1000)) {
                throw new IllegalArgumentException(
                        "colourJitter needs 0 or more for brightness, contrast and saturation, got " + brightness + ", "
                                + contrast + ", " + saturation);
            }
        }

        @Override
        public Pixels apply(Pixels in, ImageBackend backend, SplittableRandom random) {
            double bright = factor(brightness, random);
            double contrasted = factor(contrast, random);
            double saturated = factor(saturation, random);
            return Jitter.apply(in, (float) bright, (float) contrasted, (float) saturated);
        }

        private static double factor(double range, SplittableRandom random) {
            return Math.max(0, 1 - range + 2 * range * random.nextDouble());
        }
    }

    record Scale(double from, double to) implements ImageStep {
        public Scale {
            if (!(from < to && Double.isFinite(to - from))) {
                throw new IllegalArgumentException("scale needs from below to, got " + from + " and " + to);
            }
        }
    }

    record Normalise(List<Double> mean, List<Double> std) implements ImageStep {
        public Normalise {
            checkGiven("normalise", "mean", mean);
            checkGiven("normalise", "std", std);
            mean = List.copyOf(mean);
            std = List.copyOf(std);
            if (mean.size() != std.size() || (mean.size() != 1 && mean.size() != Pixels.CHANNELS)) {
                throw new IllegalArgumentException(
                        "normalise needs one mean and one std, or three of each, got " + mean + " and " + std);
            }
            for (int i = 0; i < std.size(); i++) {
                if (!(std.get(i) > 0) || !Double.isFinite(mean.get(i))) {
                    throw new IllegalArgumentException(
                            "normalise needs finite means and a std above 0, got " + mean + " and " + std);
                }
            }
        }
    }

    record Order(ChannelOrder channels) implements ImageStep {
        public Order {
            checkGiven("order", "channels", channels);
        }
    }

    private static void checkGiven(String step, String name, Object value) {
        if (value == null) {
            throw new IllegalArgumentException(step + " needs \"" + name + "\"");
        }
    }

    private static void checkSide(String what, int side) {
        if (side < 1 || side > MAX_SIDE) {
            throw new IllegalArgumentException(what + " must be 1 to " + MAX_SIDE + " pixels, got " + side);
        }
    }

    private static void checkFits(Pixels in, int width, int height) {
        if (in.width() < width || in.height() < height) {
            throw new BrokenPictureException("smaller than the crop (" + in.width() + " × " + in.height() + " of "
                    + width + " × " + height + "; resize before)");
        }
    }
}
