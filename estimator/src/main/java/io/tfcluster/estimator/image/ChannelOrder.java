package io.tfcluster.estimator.image;

/** Which channels come out, in which order. */
public enum ChannelOrder {
    /** Red, green, blue: what most networks take, and what comes out where nothing is said. */
    RGB,
    /** Blue, green, red: what OpenCV's and Caffe's networks take. */
    BGR,
    /** One channel: 0.299 red + 0.587 green + 0.114 blue. */
    GREY;

    /** Returns how many there are. */
    public int channels() {
        return this == GREY ? 1 : Pixels.CHANNELS;
    }
}
