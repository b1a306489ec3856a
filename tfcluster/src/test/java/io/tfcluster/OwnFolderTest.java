package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OwnFolderTest {
    @TempDir
    Path folder;

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void whatIsMadeIsForTheOwnerAlone() throws Exception {
        Path made = OwnFolder.create(folder.resolve("a/b"));

        assertThat(permissions(made)).isEqualTo("rwx------");
        assertThat(permissions(folder.resolve("a"))).isEqualTo("rwx------");
        assertThat(OwnFolder.create(made)).isEqualTo(made);
    }

    @Test
    void aFolderThatOthersMayWriteToIsRefusedAndToldHowToMend() throws Exception {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> OwnFolder.create(open))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("rwxrwxrwx")
                .hasMessageContaining("TFCLUSTER_NATIVES");
    }

    @Test
    void aFolderThatOthersMayReadIsFine() throws Exception {
        Path shared = Files.createDirectory(folder.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThat(OwnFolder.create(shared)).isEqualTo(shared);
    }
}
