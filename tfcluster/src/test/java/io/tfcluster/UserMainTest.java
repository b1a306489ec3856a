package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class UserMainTest {
    private static final class NotForTravel {}

    @Test
    void aCaptureThatCannotTravelIsNamed() {
        NotForTravel captured = new NotForTravel();
        TFMain<String> main = (args, ctx) -> System.out.println(captured.hashCode());

        assertThatThrownBy(() -> UserMain.of(main, "args"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NotForTravel")
                .hasMessageContaining("not Serializable");
    }
}
