package io.tfcluster.examples.flowers;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.estimator.TFEstimator;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.junit.jupiter.api.Test;

class TrainingPipelinesTest {
    @Test
    void theTableMarksTheBestTrialAndFitsInto80Columns() {
        TFEstimator estimator = new TFEstimator();
        ParamMap[] grid = new ParamGridBuilder()
                .addGrid(estimator.learningRate(), new double[] {0.0003, 0.002})
                .addGrid(estimator.batchSize(), new int[] {16, 32})
                .build();

        List<String> lines = TrainingPipelines.table(estimator, grid, new double[] {0.5, 0.71234, 0.6, 0});

        assertThat(lines).filteredOn(line -> line.contains("best")).hasSize(1).allMatch(line -> line.contains("71.2%"));
        assertThat(lines)
                .hasSize(7)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }
}
