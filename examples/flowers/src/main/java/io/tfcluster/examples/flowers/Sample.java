package io.tfcluster.examples.flowers;

import io.tfcluster.examples.flowers.Evaluation.Answer;
import io.tfcluster.feeding.RowWriter;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** A row of the feeds: pixels or features, and whose they are. */
final class Sample implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final float[] NO_FEATURES = {};
    private static final byte[] NO_PIXELS = {};

    private final String id;
    private final String name;
    private final long label;
    private final boolean test;
    private final byte[] pixels;
    private final float[] features;

    private Sample(Picture picture, byte[] pixels, float[] features) {
        this.id = picture.id();
        this.name = picture.name();
        this.label = picture.label();
        this.test = picture.isTest();
        this.pixels = pixels;
        this.features = features;
    }

    static Sample ofPixels(Picture picture) {
        return new Sample(picture, picture.pixels(), NO_FEATURES);
    }

    static Sample ofFeatures(Picture picture, float[] features) {
        return new Sample(picture, NO_PIXELS, features);
    }

    boolean isTest() {
        return test;
    }

    /** The cells of the feed {@code train}. */
    void write(RowWriter out) {
        writeQuestion(out);
        out.putLong(label);
    }

    /** The cells of the feed {@code inference}. */
    void writeQuestion(RowWriter out) {
        if (features.length > 0) {
            out.putFloats(features);
        } else {
            out.putBytes(pixels);
        }
    }

    /** As a row of {@link TrainingPipelines}: id, name, label, pixels or features. */
    Row row() {
        return RowFactory.create(id, name, label, features.length > 0 ? features : pixels);
    }

    Answer answer(float[] probabilities) {
        List<Float> list = new ArrayList<>(probabilities.length);
        for (float probability : probabilities) {
            list.add(probability);
        }
        return new Answer(id, name, (int) label, list);
    }
}
