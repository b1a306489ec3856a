package io.tfcluster.tools;

import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageReader;
import io.tfcluster.estimator.image.ImageTransformer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** What is read: which files, in which format. */
final class InputOptions {
    private static final String IMAGES = "images";
    private static final List<String> FORMATS = List.of("parquet", "json", "csv", IMAGES, "tfrecord");
    private static final Pattern SIZE = Pattern.compile("[1-9]\\d{0,4}x[1-9]\\d{0,4}");

    @Option(names = "--input", required = true, paramLabel = "PATH", description = "File or folder to read.")
    String path = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "parquet, json, csv, images or tfrecord; by default what the input's name ends with, or parquet.")
    String format = "";

    @Option(
            names = "--schema",
            paramLabel = "DDL",
            description =
                    "Schema of json, csv or tfrecord, as \"id bigint, x array<float>\" (default: seen from the data).")
    String schema = "";

    @Option(
            names = "--size",
            paramLabel = "WxH",
            description = "Decodes pictures and resizes them; without it the model gets files in the column image.")
    String size = "";

    @Option(
            names = "--scale",
            paramLabel = "FROM,TO",
            split = ",",
            description = "What the darkest and the brightest value of a picture become (default ${DEFAULT-VALUE}).")
    double[] scale = {-1, 1};

    /** Returns what is wrong with these options together, before anything is started. */
    Optional<String> mistake() {
        if (!format.isEmpty() && !FORMATS.contains(format())) {
            return Optional.of("--format must be one of " + FORMATS + ", got " + format);
        }
        if (!size.isEmpty() && !SIZE.matcher(size).matches()) {
            return Optional.of("--size is WIDTHxHEIGHT, as 224x224, got " + size);
        }
        if (scale.length != 2) {
            return Optional.of("--scale is two numbers with a comma, as -1,1, got " + Arrays.toString(scale));
        }
        if (!size.isEmpty() && !format().equals(IMAGES)) {
            return Optional.of("--size is for pictures, but --input " + path + " is read as " + format()
                    + "; add --format images");
        }
        return Optional.empty();
    }

    private String format() {
        return format.isEmpty() ? ending(path, FORMATS, "parquet") : format.toLowerCase(Locale.ROOT);
    }

    Dataset<Row> read(SparkSession spark) {
        String wanted = format();
        if (wanted.equals(IMAGES)) {
            return images(spark);
        }
        DataFrameReader reader = spark.read().format(wanted);
        if (wanted.equals("csv")) {
            reader.option("header", "true").option("inferSchema", schema.isEmpty() ? "true" : "false");
        }
        if (!schema.isEmpty()) {
            reader.schema(schema);
        }
        return reader.load(path);
    }

    private Dataset<Row> images(SparkSession spark) {
        Dataset<Row> files = ImageReader.of(spark).load(path);
        if (size.isEmpty()) {
            return files;
        }
        String[] sides = size.split("x", -1);
        return new ImageTransformer()
                .setInputCol(ImageReader.IMAGE)
                .setOutputCol("pixels")
                .setChain(ImageChain.decode()
                        .resize(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]))
                        .scale(scale[0], scale[1]))
                .transform(files)
                .drop(ImageReader.IMAGE)
                .withColumnRenamed("pixels", ImageReader.IMAGE);
    }

    /** Returns the format that a name ends with. */
    static String ending(String name, List<String> formats, String otherwise) {
        String lower = name.toLowerCase(Locale.ROOT).replaceAll("/+$", "").replaceAll("\\.gz$", "");
        if (lower.endsWith(".tfrecords")) {
            return "tfrecord";
        }
        if (lower.matches(".*\\.(jpe?g|png|gif|bmp)")) {
            return IMAGES;
        }
        return formats.stream()
                .filter(format -> lower.endsWith("." + format))
                .findFirst()
                .orElse(otherwise);
    }
}
