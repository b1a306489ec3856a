package io.tfcluster.examples.objectfeatures;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PageTest {

    private static Page page(Seen seen) {
        return new Page(
                "1",
                "picture",
                List.of("a < b"),
                List.of(new Section("dogs", "", List.of(new Card(seen, seen.object(), "note")))));
    }

    @Test
    void boxesAreDrawnWhereTheyAreAndTheSurestIsNamed() {
        Seen seen = new Seen(
                "a/<dog>.jpg",
                "",
                "",
                400,
                300,
                List.of(new Seen.Box(0.25, 0.5, 0.75, 0.9, "dog", 0.834), new Seen.Box(0, 0, 1, 0.1, "cat", 0.5)));

        String html = page(seen).html(Map.of("a/<dog>.jpg", new byte[] {1, 2, 3}));

        assertThat(html)
                .contains("class=\"best\" x=\"0.5000\" y=\"0.2500\" width=\"0.4000\" height=\"0.5000\"")
                .contains("class=\"other\"")
                .contains("dog 83%")
                .contains("aspect-ratio:400/300")
                .contains("data:image/jpeg;base64,AQID")
                .contains("a/&lt;dog&gt;.jpg", "a &lt; b")
                .doesNotContain("{{", "<dog>");
    }

    @Test
    void pictureThatIsGoneLeavesItsPlace() {
        Seen seen = new Seen("a", "", "", 4, 3, List.of());

        assertThat(page(seen).html(Map.of())).contains("cannot be read any more", "whole picture");
    }
}
