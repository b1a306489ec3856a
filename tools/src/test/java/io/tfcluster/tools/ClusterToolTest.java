package io.tfcluster.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.layers.Layers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

@Timeout(600)
final class ClusterToolTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return ClusterTool.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    private int doctor(String args) {
        String loopback = "doctor --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1"
                + " --node-memory 64m --master local[2] ";
        return run((loopback + args).split(" "));
    }

    /** The model of these tests. */
    public static final class Mean implements ModelFunction {
        private static final long serialVersionUID = 1L;

        /** Made by its name. */
        public Mean() {}

        @Override
        public ModelSpec build(ModelBuilder model) {
            Operand<TFloat32> y = Layers.dense(model, "out", model.input("x", TFloat32.class), 1);
            return ModelSpec.builder().loss(Layers.mean(model, y)).build();
        }
    }

    @Test
    void aHealthyApplicationWithAModelExitsWithZeroAndWritesJson() throws IOException {
        Path json = folder.resolve("findings.json");

        int code = doctor("--nodes 1 --feed x:float32[3],id:int64 --batch-size 4 --model " + Mean.class.getName()
                + " --path " + folder.resolve("models") + " --json " + json);

        assertThat(code).as(out + "\n" + err).isZero();
        assertThat(out.toString()).contains("0 would fail").contains("4 rows went through it");
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
        JsonNode written = new ObjectMapper().readTree(Files.readString(json));
        assertThat(written.path("wouldFail").asBoolean()).isFalse();
        assertThat(written.path("findings").size()).isGreaterThan(8);
        assertThat(folder.resolve("models")).doesNotExist();
    }

    @Test
    void tooManyNodesAndNoMongoExitWithOne() {
        int code = doctor("--nodes 9 --mongo mongodb://me:hush@127.0.0.1:9/flowers");

        assertThat(code).as(out + "\n" + err).isEqualTo(1);
        assertThat(out.toString().replaceAll("\\s+", " "))
                .contains("9 nodes need 9 slots at once")
                .contains("MongoDB: 127.0.0.1:9 did not answer within 5 s")
                .contains("Connection refused")
                .doesNotContain("hush");
    }

    @Test
    void wrongArgumentsExitWithTwo() {
        assertThat(run("doctor", "--nodes", "none")).isEqualTo(2);
        assertThat(run("doctor", "--nodes", "1", "--ps", "1")).isEqualTo(2);
        assertThat(run("doctor", "--model", "x.Y")).isEqualTo(2);
        assertThat(run("doctor", "--feed", "x=float32")).isEqualTo(2);
        assertThat(run("doctor", "--feed", "x:float32", "--model", "no.such.Model"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("--nodes")
                .contains("lower ps or add")
                .contains("--model needs --feed")
                .contains("NAME:TYPE")
                .contains("no.such.Model");
        assertThat(run("doctor", "--help")).isZero();
        assertThat(out.toString()).contains("--master=URL");
    }

    @Test
    void columnsAreReadFromText() {
        assertThat(FeedColumns.parse("x:float32[28,28],y:INT64, s:string").toString())
                .isEqualTo("[x FLOAT32 28x28, y INT64, s STRING]");
        assertThatThrownBy(() -> FeedColumns.parse("x:float16"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("float16")
                .hasMessageContaining("float32");
        assertThatThrownBy(() -> new MongoCheck("mongo:me:hush@x").run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hush");
    }
}
