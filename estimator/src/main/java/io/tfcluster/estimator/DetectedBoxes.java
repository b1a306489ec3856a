package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF4;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Makes a picture's boxes of what a detector says of it: those that are sure enough, of the labels wanted, the surest first. */
final class DetectedBoxes implements UDF4<Vector, Vector, Vector, Vector, List<Row>> {
    private static final long serialVersionUID = 1L;

    /** A box in a row. */
    static final StructType BOX = new StructType()
            .add("ymin", DataTypes.FloatType, false)
            .add("xmin", DataTypes.FloatType, false)
            .add("ymax", DataTypes.FloatType, false)
            .add("xmax", DataTypes.FloatType, false)
            .add("classId", DataTypes.IntegerType, false)
            .add("label", DataTypes.StringType, true)
            .add("score", DataTypes.FloatType, false);

    private static final int SIDES = 4;

    private final double threshold;
    private final int most;
    private final TreeMap<Integer, String> labels;
    private final TreeSet<String> wanted;

    /**
     * Makes it.
     *
     * @param wanted labels; empty for all boxes, also those without one
     */
    DetectedBoxes(double threshold, int most, Map<Integer, String> labels, Set<String> wanted) {
        this.threshold = threshold;
        this.most = most;
        this.labels = new TreeMap<>(labels);
        this.wanted = new TreeSet<>(wanted);
    }

    @Override
    public List<Row> call(Vector boxes, Vector scores, Vector classes, Vector count) {
        if (boxes.size() != SIDES * scores.size() || classes.size() != scores.size() || count.size() != 1) {
            throw new IllegalStateException(
                    "the detector answers a picture with " + boxes.size() + " numbers for boxes, "
                            + scores.size() + " scores, " + classes.size() + " classes and " + count.size()
                            + " counts; it must be 4, 1 and 1 for each box, and one count: set boxesTensor, scoresTensor,"
                            + " classesTensor and countTensor to tensors that belong together");
        }
        int meant = Math.min(scores.size(), (int) count.apply(0));
        List<Row> found = new ArrayList<>();
        for (int i = 0; i < meant; i++) {
            double score = scores.apply(i);
            int classId = (int) Math.rint(classes.apply(i));
            String label = labels.get(classId);
            boolean asked = wanted.isEmpty() || (label != null && wanted.contains(label));
            float ymin = clipped(boxes.apply(SIDES * i));
            float xmin = clipped(boxes.apply(SIDES * i + 1));
            float ymax = clipped(boxes.apply(SIDES * i + 2));
            float xmax = clipped(boxes.apply(SIDES * i + 3));
            // Neither holds for NaN.
            if (score >= threshold && asked && ymin < ymax && xmin < xmax) {
                found.add(RowFactory.create(ymin, xmin, ymax, xmax, classId, label, (float) score));
            }
        }
        found.sort(Comparator.comparingDouble((Row box) -> -box.getFloat(BOX.fieldIndex("score"))));
        return found.size() > most ? found.subList(0, most) : found;
    }

    private static float clipped(double side) {
        return (float) Math.max(0, Math.min(1, side));
    }
}
