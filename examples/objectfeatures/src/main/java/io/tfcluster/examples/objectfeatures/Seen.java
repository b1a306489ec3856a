package io.tfcluster.examples.objectfeatures;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;

/**
 * What is known of a picture without its features: what a page and a line show.
 *
 * @param label what it is known to be, or empty
 * @param width of the upright picture, in pixels
 * @param height likewise
 * @param boxes what was found in it, the surest first
 */
record Seen(String id, String place, String label, int width, int height, List<Box> boxes) {

    Seen {
        boxes = List.copyOf(boxes);
    }

    /** Something found: where, 0 to 1, what, and how sure that is. */
    record Box(double ymin, double xmin, double ymax, double xmax, String name, double score) {

        String text() {
            return String.format(Locale.ROOT, "%s %.0f%%", name, 100 * score);
        }

        static Box of(Row row) {
            String label = row.getAs("label");
            return new Box(
                    row.<Float>getAs("ymin"),
                    row.<Float>getAs("xmin"),
                    row.<Float>getAs("ymax"),
                    row.<Float>getAs("xmax"),
                    label == null ? "class " + row.<Integer>getAs("classId") : label,
                    row.<Float>getAs(Columns.SCORE));
        }
    }

    /** Reads the columns of {@link Columns#SHOWN}. */
    static Seen of(Row row) {
        List<Box> boxes = new ArrayList<>();
        for (Row box : row.<Row>getList(row.fieldIndex(Columns.BOXES))) {
            boxes.add(Box.of(box));
        }
        String label = row.getAs(Pictures.LABEL);
        return new Seen(
                row.getAs(Pictures.ID),
                row.getAs(Pictures.PLACE),
                label == null ? "" : label,
                row.<Integer>getAs(Columns.WIDTH),
                row.<Integer>getAs(Columns.HEIGHT),
                boxes);
    }

    Pictures.Known known() {
        return new Pictures.Known(id, place);
    }

    /** What was cut out of it, in words. */
    String object() {
        return boxes.isEmpty() ? "whole picture" : boxes.get(0).text();
    }
}
