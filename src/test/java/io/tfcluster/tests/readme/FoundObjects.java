package io.tfcluster.tests.readme;

import io.tfcluster.estimator.ImageFeaturizer;
import io.tfcluster.estimator.ObjectDetector;
import io.tfcluster.estimator.ReadAhead;
import io.tfcluster.estimator.image.ImageCropper;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The main object of each picture, found, cut out and made a vector of. */
final class FoundObjects {
    private FoundObjects() {}

    static Dataset<Row> objects(Dataset<Row> pictures, String ssd, String labels, String mobileNet) {
        Dataset<Row> read = new ReadAhead().setReaders(8).transform(pictures);
        Dataset<Row> found = ObjectDetector.ssd(ssd, labels)
                .setInputCol("content")
                .setOutputCol("boxes")
                .setBestCol("box")
                .transform(read);
        Dataset<Row> cut = new ImageCropper()
                .setInputCol("content")
                .setBoxCol("box")
                .setOutputCol("object")
                .transform(found);
        return ImageFeaturizer.mobileNetV2(mobileNet)
                .setInputCol("object")
                .setOutputCol("features")
                .transform(cut);
    }
}
