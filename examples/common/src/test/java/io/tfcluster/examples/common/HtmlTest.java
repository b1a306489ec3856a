package io.tfcluster.examples.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HtmlTest {

    @Test
    void textCannotEndItsPlace() {
        assertThat(Html.escape("<b title=\"x\">&</b>")).isEqualTo("&lt;b title=&quot;x&quot;&gt;&amp;&lt;/b&gt;");
    }

    @Test
    void missingResourceIsNamed() {
        assertThatThrownBy(() -> Html.resource(HtmlTest.class, "nowhere.css")).hasMessageContaining("nowhere.css");
    }
}
