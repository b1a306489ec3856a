package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {
    @Test
    void defaultsAreAFullRunOf20Gigabytes() {
        Settings settings = Settings.of(List.of());

        assertThat(settings).isEqualTo(Settings.DEFAULTS);
        assertThat(settings.quick()).isFalse();
        assertThat(settings.gigabytes()).isEqualTo(20);
        assertThat(settings.drawing()).isNull();
    }

    @Test
    void quickFeedsLessUnlessToldHowMuch() {
        assertThat(Settings.of(List.of("--quick")).gigabytes()).isEqualTo(1);
        assertThat(Settings.of(List.of("--quick", "--gb", "0.5")).gigabytes()).isEqualTo(0.5);
    }

    @Test
    void drawingLiesBesideTheJsonFileUnlessToldWhere() {
        assertThat(Settings.of(List.of("--json", "some/figures.json")).drawing())
                .isEqualTo(Path.of("some/figures.svg"));
        assertThat(Settings.of(List.of("--json", "figures")).drawing()).isEqualTo(Path.of("figures.svg"));
        assertThat(Settings.of(List.of("--json", "a.json", "--plot", "b.svg")).drawing())
                .isEqualTo(Path.of("b.svg"));
    }

    @Test
    void wrongWordsAreNamed() {
        assertThatThrownBy(() -> Settings.of(List.of("--gb", "many")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--gb needs a number, got \"many\"");
        assertThatThrownBy(() -> Settings.of(List.of("--gb", "0"))).hasMessageContaining("more than 0");
        assertThatThrownBy(() -> Settings.of(List.of("--plot"))).hasMessage("--plot needs a value");
        assertThatThrownBy(() -> Settings.of(List.of("--fast"))).hasMessage("unknown option --fast");
    }
}
