package io.tfcluster.feeding;

import java.util.List;

/** Puts two schemas side by side for an error message. */
final class SchemaDifference {
    private SchemaDifference() {}

    static String describe(FeedSchema feeder, FeedSchema node) {
        int rows = Math.max(feeder.columns().size(), node.columns().size());
        int width = "feeder".length();
        for (Column column : feeder.columns()) {
            width = Math.max(width, column.toString().length());
        }
        StringBuilder table = new StringBuilder("the feeder's columns are not the node's:");
        line(table, width, " ", "feeder", "node");
        for (int i = 0; i < rows; i++) {
            String left = text(feeder.columns(), i);
            String right = text(node.columns(), i);
            line(table, width, left.equals(right) ? " " : "!", left, right);
        }
        return table.append("\nEncode the rows with the schema that the cluster was started with.")
                .toString();
    }

    private static void line(StringBuilder table, int width, String mark, String left, String right) {
        table.append("\n ").append(mark).append(' ').append(left);
        table.append(" ".repeat(width - left.length())).append(" | ").append(right);
    }

    private static String text(List<Column> columns, int index) {
        return index < columns.size() ? columns.get(index).toString() : "-";
    }
}
