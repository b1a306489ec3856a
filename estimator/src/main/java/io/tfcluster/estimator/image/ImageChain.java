package io.tfcluster.estimator.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * What is done to each picture, in this order, from the file to the column. A value: every method returns a new chain, and two chains of
 * equal steps are equal. {@link ImageTransformer} keeps it as JSON.
 *
 * <pre>{@code
 * ImageChain training = ImageChain.decode()
 *         .resizeShorterSide(256).randomCrop(224, 224).randomFlip().colourJitter(0.2, 0.2, 0.2).scale(-1, 1);
 * ImageChain validation = ImageChain.decode().resizeShorterSide(256).centreCrop(224, 224).scale(-1, 1);
 * }</pre>
 *
 * <p>Channels come out as red, green, blue from 0 to 255 where nothing else is said. What makes floats ({@link #scale}, {@link #normalise})
 * comes after all that moves pixels.
 */
public final class ImageChain implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ImageChain DECODE = new ImageChain(List.of());

    private final List<ImageStep> steps;

    private ImageChain(List<ImageStep> steps) {
        this.steps = List.copyOf(steps);
    }

    /**
     * Returns the chain that only decodes: the first picture of the file, upright, transparency on white.
     *
     * @return where every chain begins
     */
    public static ImageChain decode() {
        return DECODE;
    }

    /**
     * Reads a chain from what {@link #toJson} wrote, or a person.
     *
     * @param json an array of steps, {@code [{"step":"centreCrop","width":224,"height":224}]}
     * @return the chain
     * @throws IllegalArgumentException if it is no chain; the message tells what is wrong
     */
    public static ImageChain fromJson(String json) {
        ImageChain chain = decode();
        try {
            for (ImageStep step : JSON.readValue(json, ImageStep[].class)) {
                chain = chain.with(step);
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "no chain of picture steps: " + e.getOriginalMessage() + ", in " + json, e);
        }
        return chain;
    }

    /**
     * Returns the chain as JSON.
     *
     * @return one array, which {@link #fromJson} reads
     */
    public String toJson() {
        try {
            return JSON.writeValueAsString(steps.toArray(new ImageStep[0]));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the chain " + steps + " cannot be written as JSON", e);
        }
    }

    /**
     * Adds: to exactly this size, whatever the shape, with {@link ResizeFilter#AREA}.
     *
     * @param width in pixels
     * @param height in pixels
     * @return a new chain
     */
    public ImageChain resize(int width, int height) {
        return resize(width, height, ResizeFilter.AREA);
    }

    /**
     * Adds: to exactly this size, whatever the shape.
     *
     * @param width in pixels
     * @param height in pixels
     * @param filter how
     * @return a new chain
     */
    public ImageChain resize(int width, int height, ResizeFilter filter) {
        return with(new ImageStep.Resize(width, height, filter));
    }

    /**
     * Adds: the shape is kept and the shorter side gets this length, with {@link ResizeFilter#AREA}.
     *
     * @param size in pixels
     * @return a new chain
     */
    public ImageChain resizeShorterSide(int size) {
        return resizeShorterSide(size, ResizeFilter.AREA);
    }

    /**
     * Adds: the shape is kept and the shorter side gets this length.
     *
     * @param size in pixels
     * @param filter how
     * @return a new chain
     */
    public ImageChain resizeShorterSide(int size, ResizeFilter filter) {
        return with(new ImageStep.ResizeShorterSide(size, filter));
    }

    /**
     * Adds: the middle of the picture. One that is smaller cannot be used; resize before.
     *
     * @param width in pixels
     * @param height in pixels
     * @return a new chain
     */
    public ImageChain centreCrop(int width, int height) {
        return with(new ImageStep.CentreCrop(width, height));
    }

    /**
     * Adds: a random part of the picture, the same for the same seed and picture. One that is smaller cannot be used; resize before.
     *
     * @param width in pixels
     * @param height in pixels
     * @return a new chain
     */
    public ImageChain randomCrop(int width, int height) {
        return with(new ImageStep.RandomCrop(width, height));
    }

    /**
     * Adds: every other picture is mirrored, left to right; which ones depends on seed and picture.
     *
     * @return a new chain
     */
    public ImageChain randomFlip() {
        return randomFlip(0.5);
    }

    /**
     * Adds: some pictures are mirrored, left to right; which ones depends on seed and picture.
     *
     * @param probability how many of them, 0 to 1
     * @return a new chain
     */
    public ImageChain randomFlip(double probability) {
        return with(new ImageStep.RandomFlip(probability));
    }

    /**
     * Adds: colours change at random, as in torchvision's ColorJitter: each of the three is multiplied by a factor from 1 - x to 1 + x.
     *
     * @param brightness 0 leaves it as it is
     * @param contrast 0 leaves it as it is
     * @param saturation 0 leaves it as it is
     * @return a new chain
     */
    public ImageChain colourJitter(double brightness, double contrast, double saturation) {
        return with(new ImageStep.ColourJitter(brightness, contrast, saturation));
    }

    /**
     * Adds: 0 to 255 becomes {@code from} to {@code to}: -1 to 1 for the MobileNets and Inceptions, 0 to 1 for many others.
     *
     * @param from what black becomes
     * @param to what white becomes
     * @return a new chain
     */
    public ImageChain scale(double from, double to) {
        return with(new ImageStep.Scale(from, to));
    }

    /**
     * Adds: from each channel its mean is taken, and the rest divided by its standard deviation, both in what the chain has made of the
     * pixels so far (0 to 255, or what {@link #scale} says) and in the order of the channels so far.
     *
     * @param mean one for all channels, or three
     * @param std as many
     * @return a new chain
     */
    public ImageChain normalise(double[] mean, double[] std) {
        return with(new ImageStep.Normalise(
                DoubleStream.of(mean).boxed().toList(),
                DoubleStream.of(std).boxed().toList()));
    }

    /**
     * Adds: which channels come out, in which order; at most once.
     *
     * @param channels the order
     * @return a new chain
     */
    public ImageChain order(ChannelOrder channels) {
        return with(new ImageStep.Order(channels));
    }

    /**
     * Returns this chain without what makes floats: its pixels are eight bits a channel, in the same order.
     *
     * @return a chain whose bytes {@link #levels} turns into the floats of this one
     */
    public ImageChain withoutFloats() {
        return new ImageChain(steps.stream().filter(step -> !step.makesFloats()).toList());
    }

    /**
     * Returns what the chain's last steps make of a byte: the floats of 0 to 255, as {@link #scale} and {@link #normalise} say.
     *
     * @return one table of 256 floats for each channel, in the order in which the channels come out
     */
    public float[][] levels() {
        return new FloatTable(this).levels();
    }

    private ImageChain with(ImageStep step) {
        if (step == null) {
            throw new IllegalArgumentException("a step of the chain is null");
        }
        boolean order = step instanceof ImageStep.Order;
        if (order && steps.stream().anyMatch(ImageStep.Order.class::isInstance)) {
            throw new IllegalArgumentException("the chain has an order of channels already; leave one out of " + steps);
        }
        if (!order && !step.makesFloats() && steps.stream().anyMatch(ImageStep::makesFloats)) {
            throw new IllegalArgumentException(
                    step + " comes after scale or normalise, which make floats; put it before them");
        }
        if (step instanceof ImageStep.Normalise normalise
                && normalise.mean().size() > 1
                && channelOrder() == ChannelOrder.GREY) {
            throw new IllegalArgumentException("the picture is grey here, so normalise needs one mean and one std");
        }
        List<ImageStep> more = new ArrayList<>(steps);
        more.add(step);
        return new ImageChain(more);
    }

    List<ImageStep> steps() {
        return steps;
    }

    ChannelOrder channelOrder() {
        return steps.stream()
                .filter(ImageStep.Order.class::isInstance)
                .map(step -> ((ImageStep.Order) step).channels())
                .findFirst()
                .orElse(ChannelOrder.RGB);
    }

    /** Whether floats come out, and not bytes. */
    boolean isFloat() {
        return steps.stream().anyMatch(ImageStep::makesFloats);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ImageChain chain && chain.steps.equals(steps);
    }

    @Override
    public int hashCode() {
        return steps.hashCode();
    }

    @Override
    public String toString() {
        return toJson();
    }

    /**
     * Returns the size of what comes out where it is the same for every picture.
     *
     * @return height, width and channels, or nothing where they depend on the picture
     */
    public Optional<int[]> outputShape() {
        int[] shape = {0, 0, channelOrder().channels()};
        for (ImageStep step : steps) {
            if (step instanceof ImageStep.Resize to) {
                shape[0] = to.height();
                shape[1] = to.width();
            } else if (step instanceof ImageStep.ResizeShorterSide) {
                Arrays.fill(shape, 0, 2, 0);
            } else if (step instanceof ImageStep.CentreCrop to) {
                shape[0] = to.height();
                shape[1] = to.width();
            } else if (step instanceof ImageStep.RandomCrop to) {
                shape[0] = to.height();
                shape[1] = to.width();
            }
        }
        return shape[0] == 0 ? Optional.empty() : Optional.of(shape);
    }
}
