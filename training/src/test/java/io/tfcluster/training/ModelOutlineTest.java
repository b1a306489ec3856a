package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.layers.Losses;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

class ModelOutlineTest {
    private static final List<InputSpec> OFFERED = List.of(
            new InputSpec("id", TString.class, Shape.scalar()),
            new InputSpec("label", TInt32.class, Shape.scalar()),
            new InputSpec("x", TFloat64.class, Shape.of(4)));

    @Test
    void inputsHaveTheTypesThatTheModelAsksFor() {
        ModelOutline outline = ModelOutline.of(Models::mlp, OFFERED);

        assertThat(outline.inputs())
                .containsExactly(
                        new InputSpec("x", TFloat32.class, Shape.of(4)),
                        new InputSpec("label", TInt64.class, Shape.scalar()));
        assertThat(outline.predictionInputs()).containsExactly("x");
        assertThat(outline.predictions())
                .extracting(ModelOutline.Prediction::toString) // shapes with unknown sizes are never equal
                .containsExactly("Prediction[name=probabilities, type=DT_FLOAT, shape=[-1, 3]]");
        assertThat(outline.metrics()).containsExactly("accuracy");
        assertThat(outline.lossByRow()).isFalse();
    }

    @Test
    void aModelThatIsNotParticularGetsWhatThereIs() {
        ModelOutline outline = ModelOutline.of(
                model -> {
                    var x = model.tf().dtypes.cast(model.input("x"), TFloat32.class);
                    var w = model.variable("w", Shape.of(4), Initializer.zeros());
                    return ModelSpec.builder()
                            .rowLosses(Losses.squaredErrorRows(
                                    model, model.tf().math.mul(x, w), x))
                            .build();
                },
                OFFERED);

        assertThat(outline.inputs()).containsExactly(OFFERED.get(2));
        assertThat(outline.predictions()).isEmpty();
        assertThat(outline.lossByRow()).isTrue();
    }

    @Test
    void whatIsMissingIsNamedBesideWhatIsThere() {
        assertThatThrownBy(() -> ModelOutline.of(Models::mlp, OFFERED.subList(0, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the model asks for input \"x\"")
                .hasMessageContaining("label: DT_INT32 [?]");
    }
}
