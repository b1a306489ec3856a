package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ModelFunctionsTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @TempDir
    static Path folder;

    private static TFModel sums(Map<String, String> outputs) {
        return new TFModel()
                .setFrozenGraph(TestGraphs.sums(folder.resolve("g.pb"), 3).toString())
                .setOutputMapping(outputs);
    }

    @Test
    void aModelWithOneColumnIsAFunctionInSql() {
        TFModel.registerUdf(SPARK.session(), "total_of", sums(Map.of("sum", "total")));

        List<Row> rows = SPARK.session()
                .sql("select id, total_of(array(cast(id as float), 1f, 2f)) as t from range(6) where"
                        + " total_of(array(cast(id as float), 1f, 2f)) > 5 order by id")
                .collectAsList();

        assertThat(rows).hasSize(3);
        assertThat(rows.get(0).getFloat(1)).isEqualTo(6f);
        assertThat(SPARK.session()
                        .sql("select total_of(array(1f, 2f, 3f))")
                        .head()
                        .getFloat(0))
                .as("of constants, on the driver")
                .isEqualTo(6f);
        assertThat(SPARK.session()
                        .sql("select total_of(if(id = 0, null, array(1f, 2f, 3f))) from range(1)")
                        .head()
                        .isNullAt(0))
                .isTrue();
    }

    @Test
    void severalColumnsAreAStruct() {
        Map<String, String> outputs = new LinkedHashMap<>();
        outputs.put("sum", "total");
        outputs.put("twice", "double");
        TFModel.registerUdf(
                SPARK.session(), "both", sums(outputs).setScoreOutput("scores").setPredictionCol("prediction"));

        Row row = SPARK.session()
                .sql("select r.total, r.double, r.prediction from (select both(array(7d, id, 2)) r from range(3))")
                .collectAsList()
                .get(2);

        assertThat(row.getFloat(0)).isEqualTo(11f);
        assertThat(row.<Float>getList(1)).containsExactly(14f, 4f, 4f);
        assertThat(row.getDouble(2)).isEqualTo(0d);
    }

    @Test
    void argumentsAreCheckedWhenTheQueryIsAnalysed() {
        TFModel.registerUdf(SPARK.session(), "strict", sums(Map.of("sum", "total")));

        assertThatThrownBy(() -> SPARK.session().sql("select strict('text')"))
                .hasStackTraceContaining("does not fit the graph");
        assertThatThrownBy(() -> SPARK.session().sql("select strict(1, 2)"))
                .hasStackTraceContaining("strict takes 1 arguments, [x], got 2");
        assertThatThrownBy(() -> TFModel.registerUdf(SPARK.session(), "no name", sums(Map.of("sum", "t"))))
                .hasMessageContaining("a function's name");
    }

    @Test
    void functionAndTransformWorkOnStreams() throws Exception {
        TFModel.registerUdf(SPARK.session(), "streamed", sums(Map.of("sum", "total")));
        Path input = folder.resolve("in");
        SPARK.session()
                .range(50)
                .selectExpr("id", "array(cast(id as float), 1f, 2f) as x")
                .write()
                .parquet(input.toString());
        Dataset<Row> stream =
                SPARK.session().readStream().schema("id long, x array<float>").parquet(input.toString());
        Dataset<Row> both =
                sums(Map.of("sum", "total")).transform(stream).selectExpr("id", "total", "streamed(x) as s");

        StreamingQuery query = both.writeStream()
                .format("memory")
                .queryName("answers")
                .trigger(org.apache.spark.sql.streaming.Trigger.AvailableNow())
                .start();

        assertThat(query.awaitTermination(TimeUnit.SECONDS.toMillis(60))).isTrue();
        assertThat(SPARK.session().table("answers").count()).isEqualTo(50);
        assertThat(SPARK.session()
                        .table("answers")
                        .filter("total = id + 3 and s = total")
                        .count())
                .isEqualTo(50);
    }
}
