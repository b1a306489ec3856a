package io.tfcluster.estimator;

import io.tfcluster.FrameTypes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Checks that a DataFrame's columns can fill a model's inputs, before anything starts; shows both sides where they cannot. */
final class SchemaContract {
    private static final int WIDTH = 80;
    private static final int NAME = 18;
    private static final int WANTS = 27;

    private final StructType schema;
    private final Map<String, PixelColumn> pixels;
    private final List<String> lines = new ArrayList<>();
    private final List<String> fixes = new ArrayList<>();

    private SchemaContract(StructType schema, Map<String, PixelColumn> pixels) {
        this.schema = schema;
        this.pixels = pixels;
    }

    /**
     * Matches both sides.
     *
     * @param wanted the inputs to be filled
     * @param columns input to the column that fills it, for those that are mapped
     * @param pixels columns of bytes that are the pixels of pictures, and have the size that the input takes
     * @param mapped whether there is a mapping; otherwise equal names meet
     * @return what fills the inputs, in their order, with the columns' positions in the schema
     * @throws IllegalArgumentException if they do not fit, with a table of both sides, 80 columns wide, and what to do
     */
    static List<InputPlan> match(
            String model,
            List<TensorSpec> wanted,
            Map<String, String> columns,
            Map<String, PixelColumn> pixels,
            boolean mapped,
            StructType schema) {
        SchemaContract contract = new SchemaContract(schema, pixels);
        List<InputPlan> plans = new ArrayList<>();
        for (TensorSpec spec : wanted) {
            String column = columns.get(spec.name());
            if (column == null && mapped) {
                contract.unmapped(spec);
            } else {
                InputPlan plan = contract.plan(spec, column == null ? spec.name() : column);
                if (plan != null) {
                    plans.add(plan);
                }
            }
        }
        if (!contract.fixes.isEmpty()) {
            throw new IllegalArgumentException("the DataFrame does not fit " + model + ":\n"
                    + line(" ", "model input", "wants", "DataFrame has") + "\n" + String.join("\n", contract.lines)
                    + "\n" + String.join("\n", contract.fixes));
        }
        return plans;
    }

    private void unmapped(TensorSpec spec) {
        boolean there = Arrays.asList(schema.fieldNames()).contains(spec.name());
        bad(
                spec,
                "not in the inputMapping",
                "add a column for it to inputMapping" + (there ? "; the DataFrame has " + spec.name() : ""));
    }

    @org.jspecify.annotations.Nullable
    private InputPlan plan(TensorSpec spec, String column) {
        List<Integer> places = new ArrayList<>();
        StructField[] fields = schema.fields();
        for (int i = 0; i < fields.length; i++) {
            if (fields[i].name().equals(column)) {
                places.add(i);
            }
        }
        if (places.size() != 1) {
            missing(spec, column, places.size());
            return null;
        }
        StructField field = fields[places.get(0)];
        String has = column + ": " + FrameTypes.text(field);
        PixelColumn pictures = pixels.get(column);
        if (pictures != null) {
            return InputPlan.ofPixels(places.get(0), column, spec, pictures);
        }
        CellKind kind = CellKind.of(field.dataType()).orElse(null);
        if (kind == null) {
            bad(spec, has, FrameTypes.advice(column, field.dataType()));
            return null;
        }
        InputPlan plan = InputPlan.of(places.get(0), column, spec, kind);
        if (!kind.fits(spec.type())) {
            bad(spec, has, typeFix(column, spec, kind));
        } else if (!plan.fits()) {
            bad(spec, has, shapeFix(column, plan));
        } else if (!lengthFits(plan, field)) {
            bad(spec, has, "the vectors must have " + plan.product() + " values; assemble " + column + " of others");
        } else {
            lines.add(line(" ", spec.name(), spec.text(), has));
            return plan;
        }
        return null;
    }

    private void missing(TensorSpec spec, String column, int times) {
        if (times > 1) {
            bad(spec, column + ": there " + times + " times", "rename or drop the others");
            return;
        }
        String question = Nearest.question(column, Arrays.asList(schema.fieldNames()));
        bad(
                spec,
                column + ": missing",
                question.isEmpty()
                        ? "name a column for it in inputMapping; there are " + Arrays.toString(schema.fieldNames())
                        : question + " Rename it or use inputMapping");
    }

    private static boolean lengthFits(InputPlan plan, StructField field) {
        OptionalLong length = FrameTypes.vectorLength(field);
        if (plan.kind().form() != CellKind.Form.VECTOR || length.isEmpty() || plan.natural()) {
            return true;
        }
        boolean open = plan.rowDims().stream().anyMatch(size -> size < 0);
        return open ? length.getAsLong() % plan.product() == 0 : length.getAsLong() == plan.product();
    }

    private static String typeFix(String column, TensorSpec spec, CellKind kind) {
        if (spec.type() == TensorType.STRING) {
            return "it takes text or bytes: col(\"" + column + "\").cast(\"string\")";
        }
        if (kind.element() == CellKind.Element.TEXT || kind.element() == CellKind.Element.BYTES) {
            return "it takes numbers: index or decode the column first (StringIndexer, an image stage)";
        }
        String type = spec.type() == TensorType.BOOL ? "boolean" : spec.type().isFloating() ? "float" : "long";
        for (int level = 0; level < kind.depth(); level++) {
            type = "array<" + type + ">";
        }
        return kind.form() == CellKind.Form.VECTOR
                ? "vectors are doubles: vector_to_array(col(\"" + column + "\")).cast(\"" + type + "\")"
                : "col(\"" + column + "\").cast(\"" + type + "\")";
    }

    private static String shapeFix(String column, InputPlan plan) {
        int wants = plan.rowDims().size();
        if (plan.kind().depth() == 0) {
            return "a row must bring " + (wants == 1 ? "an array" : "arrays of depth " + wants) + ": array(\"" + column
                    + "\", ...), or VectorAssembler";
        }
        if (wants == 0) {
            return "a row must bring one value: col(\"" + column + "\").getItem(0)";
        }
        return "a row must bring arrays of depth " + wants
                + (plan.rowDims().stream().filter(size -> size < 0).count() <= 1 ? ", or one flat array" : "");
    }

    private void bad(TensorSpec spec, String has, String fix) {
        lines.add(line("!", spec.name(), spec.text(), has));
        fixes.add("fix " + spec.name() + ": " + fix);
    }

    private static String line(String mark, String name, String wants, String has) {
        String text = mark + " " + padded(name, NAME) + " " + padded(wants, WANTS) + " " + has;
        return cut(text.stripTrailing(), WIDTH);
    }

    private static String padded(String text, int width) {
        return cut(text, width) + " ".repeat(Math.max(0, width - text.length()));
    }

    private static String cut(String text, int width) {
        return text.length() <= width ? text : text.substring(0, width - 1) + "…";
    }

    /** Returns a mapping with keys and values exchanged. */
    static Map<String, String> inverse(Map<String, String> map) {
        Map<String, String> inverse = new LinkedHashMap<>();
        map.forEach((key, value) -> inverse.put(value, key));
        return inverse;
    }
}
