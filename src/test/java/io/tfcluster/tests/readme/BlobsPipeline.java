package io.tfcluster.tests.readme;

import io.tfcluster.estimator.TFEstimator;
import java.io.IOException;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The same points, told apart by a stage of a pipeline. */
public final class BlobsPipeline {
    private BlobsPipeline() {}

    static double accuracy(Dataset<Row> rows, String exportDir, String folder) throws IOException {
        TFEstimator network = new TFEstimator(Blobs::model)
                .setClusterSize(2)
                .setEpochs(10)
                .setLearningRate(0.01)
                .setValidationSplit(0.1)
                .setExportDir(exportDir)
                .setPredictionCol("prediction");
        VectorAssembler assembler = new VectorAssembler()
                .setInputCols(new String[] {"east", "north"})
                .setOutputCol("x");
        PipelineModel learned = new Pipeline()
                .setStages(new PipelineStage[] {assembler, network})
                .fit(rows);
        learned.write().overwrite().save(folder); // with the SavedModel in it
        Dataset<Row> answers = PipelineModel.load(folder).transform(rows);
        return new MulticlassClassificationEvaluator().setMetricName("accuracy").evaluate(answers);
    }
}
