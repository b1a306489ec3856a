package io.tfcluster.training.layers;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What a convolution or a pooling sees at a time, and how it moves.
 *
 * <pre>{@code
 * Layers.maxPool(model, x, Window.of(3).stride(2).valid())
 * }</pre>
 *
 * @param height rows of pixels, 1 or more
 * @param width columns of pixels, 1 or more
 * @param stride pixels it moves by, down and to the right, 1 or more
 * @param padding what is done at the edges
 */
public record Window(int height, int width, int stride, Padding padding) {
    /** What is done at the edges. */
    public enum Padding {
        /** Nothing is added: the result has (size - window + stride) / stride pixels, rounded down. */
        VALID,
        /** Zeros are added, for the result to have size / stride pixels, rounded up. */
        SAME
    }

    /** Checks the sizes. */
    public Window {
        requireNonNull(padding, "padding");
        if (height < 1 || width < 1 || stride < 1) {
            throw new IllegalArgumentException("a window needs height, width and stride of 1 or more, got " + height
                    + ", " + width + " and " + stride);
        }
    }

    /** A square window that moves by one pixel and keeps the size of the picture. */
    public static Window of(int size) {
        return of(size, size);
    }

    /** A window that moves by one pixel and keeps the size of the picture. */
    public static Window of(int height, int width) {
        return new Window(height, width, 1, Padding.SAME);
    }

    /** Returns this window moving by so many pixels. */
    public Window stride(int pixels) {
        return new Window(height, width, pixels, padding);
    }

    /** Returns this window without padding. */
    public Window valid() {
        return new Window(height, width, stride, Padding.VALID);
    }

    List<Long> sizes() {
        return List.of(1L, (long) height, (long) width, 1L);
    }

    List<Long> strides() {
        return List.of(1L, (long) stride, (long) stride, 1L);
    }

    /** As TensorFlow writes it. */
    String pad() {
        return padding.name();
    }
}
