package io.tfcluster.tests.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

class PhotosTest {
    @AfterEach
    void forgetTheFolder() {
        System.clearProperty(Photos.NAME);
    }

    @Test
    void systemPropertyNamesTheFolder(@TempDir Path folder) {
        System.setProperty(Photos.NAME, folder.toString());

        assertThat(Photos.find()).contains(folder);
        assertThat(Photos.assumePresent()).isEqualTo(folder);
    }

    @Test
    void namedFolderThatIsMissingIsAnError(@TempDir Path folder) {
        System.setProperty(Photos.NAME, folder.resolve("gone").toString());

        assertThatThrownBy(Photos::find).hasMessageContaining("names no folder: " + folder.resolve("gone"));
    }

    @Test
    void missingKindOfPictureSkipsTheTest(@TempDir Path folder) {
        System.setProperty(Photos.NAME, folder.toString());

        assertThatThrownBy(() -> Photos.assumePresent("flowers"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("skipped: no folder " + folder.resolve("flowers"));
    }

    @Test
    void repositoryRootHoldsThisModule() {
        assertThat(Repository.root().orElseThrow().resolve("src/test/pom.xml")).exists();
    }
}
