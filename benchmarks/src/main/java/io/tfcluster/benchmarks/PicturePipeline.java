package io.tfcluster.benchmarks;

import io.tfcluster.estimator.ImageFeaturizer;
import io.tfcluster.estimator.ObjectDetector;
import io.tfcluster.estimator.ReadAhead;
import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageCropper;
import io.tfcluster.estimator.image.ImageTransformer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Picture files to vectors of their main object, as a user would write it: decoded once, detected, cut out, put through a second network.
 *
 * @param detector frozen graph of an SSD
 * @param labels its label map
 * @param network frozen graph of a MobileNet v2
 * @param batch pictures in a run of either
 * @param threads of the session of either
 */
record PicturePipeline(Path detector, Path labels, Path network, int batch, int threads) {
    /** A part of the way; each stands for all before it, too. */
    enum Part {
        READ,
        DECODE,
        DETECT,
        CROP,
        EXTRACT,
        WRITE;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final String MODELS = "models/";

    /** Finds the networks in the data of others; nothing where one of them is not there. */
    static Optional<PicturePipeline> find(int batch, int threads) {
        Optional<Path> detector = SharedData.find(MODELS + "ssd_mobilenet_v1_coco/frozen_inference_graph.pb");
        Optional<Path> labels = SharedData.find(MODELS + "ssd_mobilenet_v1_coco/mscoco_label_map.pbtxt");
        Optional<Path> network = SharedData.find(MODELS + "mobilenet_v2_1.0_224/frozen_graph.pb");
        return detector.isEmpty() || labels.isEmpty() || network.isEmpty()
                ? Optional.empty()
                : Optional.of(new PicturePipeline(detector.get(), labels.get(), network.get(), batch, threads));
    }

    /** Returns what comes out of a part, of rows with a picture file in {@code content}; writing is up to the caller. */
    Dataset<Row> upTo(Part part, Dataset<Row> files) {
        return behind(part, decoded(part, files));
    }

    /** The same with reading and decoding done by readers: decoding has threads to spare where networks run in batches. */
    Dataset<Row> upTo(Part part, Dataset<Row> files, ReadAhead ahead) {
        return behind(part, ahead.transform(decoded(part, files)));
    }

    private static Dataset<Row> decoded(Part part, Dataset<Row> files) {
        if (part == Part.READ) {
            return files;
        }
        return new ImageTransformer()
                .setInputCol("content")
                .setOutputCol("picture")
                .setChain(ImageChain.decode())
                .setOutputType("image")
                .transform(files)
                .drop("content");
    }

    private Dataset<Row> behind(Part part, Dataset<Row> pictures) {
        if (part.compareTo(Part.DETECT) < 0) {
            return pictures;
        }
        Dataset<Row> detected = ObjectDetector.ssd(detector.toString(), labels.toString())
                .setInputCol("picture")
                .setBestCol("best")
                .setBatchSize(batch)
                .setThreads(threads)
                .transform(pictures);
        if (part == Part.DETECT) {
            return detected;
        }
        Dataset<Row> objects = new ImageCropper()
                .setInputCol("picture")
                .setBoxCol("best")
                .setOutputCol("object")
                .transform(detected)
                .drop("picture");
        if (part == Part.CROP) {
            return objects;
        }
        return ImageFeaturizer.mobileNetV2(network.toString())
                .setInputCol("object")
                .setBatchSize(batch)
                .setThreads(threads)
                .transform(objects)
                .drop("object");
    }
}
