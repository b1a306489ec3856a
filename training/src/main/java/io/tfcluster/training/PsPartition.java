package io.tfcluster.training;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/**
 * Into how many parts a variable is cut: along axis 0, as evenly as that goes, no more parts than servers.
 *
 * @param servers how many parameter servers there are; 0 without any
 * @param bytes size above which a variable is cut
 */
record PsPartition(int servers, long bytes) {
    /** Variables stay whole. */
    static final PsPartition NONE = new PsPartition(0, Long.MAX_VALUE);

    /** Returns the shapes of the parts, in order. */
    List<Shape> cut(Shape shape) {
        long size = shape.size() * Float.BYTES;
        if (servers < 2 || size <= bytes || shape.numDimensions() == 0) {
            return List.of(shape);
        }
        long rows = shape.get(0);
        long parts = Math.min(Math.min(servers, rows), (size + bytes - 1) / bytes);
        List<Shape> shapes = new ArrayList<>();
        for (long part = 0; part < parts; part++) {
            long[] cut = shape.asArray();
            cut[0] = rows / parts + (part < rows % parts ? 1 : 0);
            shapes.add(Shape.of(cut));
        }
        return shapes;
    }
}
