package io.tfcluster.estimator.image;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.apache.spark.TaskContext;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * What a task does with its rows; travels to it.
 *
 * @param chain the steps
 * @param backend the Param's value: {@code auto} is resolved where the task runs
 * @param form of the picture column
 * @param column its place in the row
 * @param idColumn place of the column that names the picture, or -1
 * @param output what is made
 * @param quality of JPEGs
 * @param failing whether a picture that cannot be used ends the job
 * @param seed of what is random
 * @param maxPixels more are refused
 * @param subsampling whether decoders may leave out what is not needed
 * @param idIsParam whether the user named the id column: then it, and not the content, decides what is random
 * @param crop what is cut out after the chain, null for nothing
 */
record PicturePlan(
        ImageChain chain,
        String backend,
        PictureForm form,
        int column,
        int idColumn,
        boolean idIsParam,
        OutputType output,
        int quality,
        boolean failing,
        long seed,
        long maxPixels,
        boolean subsampling,
        @Nullable CropPlan crop)
        implements Serializable {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    ChainRunner runner() {
        return new ChainRunner(chain, Backends.named(backend), maxPixels, subsampling);
    }

    /** The picture of a row, through the chain; null where the row is to have none; throws {@link BrokenPictureException}. */
    @Nullable
    Pixels pixels(ChainRunner runner, Row row) {
        if (row.isNullAt(column)) {
            throw new BrokenPictureException("missing (null)");
        }
        try {
            if (crop == null) {
                return chained(runner, row);
            }
            RelativeBox box = crop.box(row);
            if (box == null) {
                return crop.wantsPicturesWithoutBox() ? chained(runner, row) : null;
            }
            return box.cut(chained(runner, row), crop.margin());
        } catch (OutOfMemoryError | NegativeArraySizeException | ArithmeticException e) {
            throw new BrokenPictureException("too large for the memory of this process; lower maxPixels", e);
        }
    }

    private Pixels chained(ChainRunner runner, Row row) {
        if (form == PictureForm.FILE) {
            byte[] file = row.getAs(column);
            return runner.file(file, random(row, file));
        }
        Pixels pixels = PictureForm.pixels(row.getStruct(column));
        new DecodeLimits(maxPixels, 1).check(pixels.width(), pixels.height());
        return runner.steps(pixels, random(row, pixels.bgr()));
    }

    /** The same for the same seed and picture, wherever and whenever its row is treated. */
    private SplittableRandom random(Row row, byte[] content) {
        if (chain.steps().stream().noneMatch(ImageStep::drawsRandom)) {
            return new SplittableRandom(seed);
        }
        CRC32C crc = new CRC32C();
        if (idIsParam && !row.isNullAt(idColumn)) {
            crc.update(String.valueOf(row.get(idColumn)).getBytes(StandardCharsets.UTF_8));
        } else {
            crc.update(content, 0, content.length);
        }
        return new SplittableRandom((seed * GOLDEN) ^ (crc.getValue() * 0xD1B54A32D192ED03L));
    }

    /** How a person finds the picture again. */
    String describe(Row row, long number) {
        if (idColumn >= 0 && !row.isNullAt(idColumn)) {
            return "\"" + row.get(idColumn) + "\"";
        }
        if (form == PictureForm.STRUCT && !row.isNullAt(column)) {
            String origin = ImageSchema.getOrigin(row.getStruct(column));
            if (origin != null && !origin.isEmpty()) {
                return "\"" + origin + "\"";
            }
        }
        TaskContext task = TaskContext.get();
        return "in row " + number + (task == null ? "" : " of partition " + task.partitionId());
    }

    /** What the image struct says of where its pixels came from. */
    String origin(Row row) {
        if (form == PictureForm.STRUCT) {
            String origin = ImageSchema.getOrigin(row.getStruct(column));
            return origin == null ? "" : origin;
        }
        return idColumn >= 0 && !row.isNullAt(idColumn) ? String.valueOf(row.get(idColumn)) : "";
    }
}
