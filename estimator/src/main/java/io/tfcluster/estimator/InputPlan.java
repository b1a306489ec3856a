package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which column fills an input of the model, and how.
 *
 * @param ordinal of the column in the rows that tasks see
 * @param batched whether the tensor's first dimension is the rows; otherwise a cell is the whole tensor, and a run takes one row
 * @param rowDims sizes of a cell, -1 for those that each row tells
 * @param natural whether the column alone tells the shape, because the model takes any
 * @param pixels what the column's bytes are, null where it does not hold the pixels of pictures
 */
record InputPlan(
        int ordinal,
        String column,
        TensorSpec spec,
        CellKind kind,
        boolean batched,
        List<Long> rowDims,
        boolean natural,
        @Nullable PixelColumn pixels)
        implements Serializable {
    InputPlan {
        rowDims = List.copyOf(rowDims);
    }

    static InputPlan of(int ordinal, String column, TensorSpec spec, CellKind kind) {
        if (!spec.ranked()) {
            return new InputPlan(ordinal, column, spec, kind, true, List.of(), true, null);
        }
        int depth = kind.isRawBytes(spec.type()) ? 1 : kind.depth();
        boolean whole = spec.rank() == 0 || (spec.dims().get(0) >= 0 && depth == spec.rank());
        return whole
                ? new InputPlan(ordinal, column, spec, kind, false, spec.dims(), false, null)
                : new InputPlan(ordinal, column, spec, kind, true, spec.dims().subList(1, spec.rank()), false, null);
    }

    /** Fills an input with pictures of one size, which was held against the input already. */
    static InputPlan ofPixels(int ordinal, String column, TensorSpec spec, PixelColumn pixels) {
        return new InputPlan(
                ordinal,
                column,
                spec,
                new CellKind(CellKind.Form.SINGLE, CellKind.Element.BYTES, 0, false),
                true,
                Arrays.stream(pixels.shape()).boxed().toList(),
                false,
                pixels);
    }

    /** Returns this plan for rows in which the column is elsewhere. */
    InputPlan at(int place) {
        return new InputPlan(place, column, spec, kind, batched, rowDims, natural, pixels);
    }

    /** Returns the number of rows that the model wants in each run, -1 if it takes any. */
    long fixedRows() {
        return batched && spec.ranked() ? spec.dims().get(0) : -1;
    }

    /** Returns whether the type fits, and the shape as far as the column's type tells. */
    boolean fits() {
        if (!kind.fits(spec.type())) {
            return false;
        }
        if (natural) {
            return true;
        }
        long unknown = rowDims.stream().filter(size -> size < 0).count();
        int depth = kind.isRawBytes(spec.type()) ? 1 : kind.depth();
        if (depth == rowDims.size()) {
            return true;
        }
        if (depth == 0) {
            return unknown == 0 && product() == 1;
        }
        return depth == 1 && rowDims.size() > 1 && unknown <= 1;
    }

    /** Returns the product of the sizes that are known. */
    long product() {
        return rowDims.stream().filter(size -> size >= 0).reduce(1L, Math::multiplyExact);
    }
}
