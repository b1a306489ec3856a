package io.tfcluster.examples.objectfeatures;

import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageTransformer;
import io.tfcluster.examples.common.Console;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Small pictures for a page, made by the same stage that decodes them for the networks. */
final class Thumbnails {

    private static final int SIDE = 300;
    private static final int QUALITY = 85;
    private static final String SMALL = "thumbnail";

    private Thumbnails() {}

    /** JPEG files by id, of those that can still be read from where they came from. */
    static Map<String, byte[]> of(Pictures pictures, List<Seen> shown, Console console) {
        if (shown.isEmpty()) {
            return Map.of();
        }
        try {
            return of(pictures.read(shown.stream().map(Seen::known).distinct().toList()));
        } catch (Exception e) { // a page without pictures is better than none
            console.say("The pictures cannot be read any more, the page is without them: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            return Map.of();
        }
    }

    /** JPEG files by id. */
    static Map<String, byte[]> of(Dataset<Row> files) {
        Map<String, byte[]> thumbnails = new HashMap<>();
        new ImageTransformer()
                .setInputCol(Pictures.IMAGE)
                .setChain(ImageChain.decode().resizeShorterSide(SIDE))
                .setOutputCol(SMALL)
                .setOutputType("jpeg")
                .setQuality(QUALITY)
                .setOnError("null")
                .transform(files)
                .select(Pictures.ID, SMALL)
                .filter(SMALL + " is not null")
                .collectAsList()
                .forEach(row -> thumbnails.put(row.getString(0), row.<byte[]>getAs(1)));
        return thumbnails;
    }
}
