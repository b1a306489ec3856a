package io.tfcluster.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class FileShardsTest {
    private static final Configuration CONF = new Configuration(false);

    @TempDir
    private Path folder;

    private void file(String name, int bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[bytes]);
    }

    private FileShards list(String... below) {
        String[] paths = java.util.stream.Stream.of(below)
                .map(path -> folder + "/" + path)
                .toArray(String[]::new);
        return FileShards.list(CONF, paths);
    }

    private static List<String> names(List<String> files) {
        return files.stream()
                .map(file -> Path.of(file).getFileName().toString())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyFileIsInExactlyOneShardAndNoShardIsEmptyOrHeavy(long seed) throws Exception {
        Random random = new Random(seed);
        int count = 1 + random.nextInt(40);
        long largest = 0;
        for (int i = 0; i < count; i++) {
            int bytes = random.nextInt(4) == 0 ? 0 : random.nextInt(3000);
            largest = Math.max(largest, bytes);
            file("f" + random.nextInt(3) + "/part-" + i, bytes);
        }
        FileShards shards = list("");

        for (int workers = 1; workers <= count; workers++) {
            List<String> all = new ArrayList<>();
            long least = Long.MAX_VALUE;
            long most = 0;
            for (int worker = 0; worker < workers; worker++) {
                List<String> shard = shards.shard(worker, workers);
                assertThat(shard).isNotEmpty().isSorted();
                all.addAll(shard);
                long bytes = 0;
                for (String file : shard) {
                    bytes += Files.size(Path.of(java.net.URI.create(file).getPath()));
                }
                least = Math.min(least, bytes);
                most = Math.max(most, bytes);
            }
            assertThat(all).hasSize(count).containsExactlyInAnyOrderElementsOf(shards.files());
            assertThat(most - least).isLessThanOrEqualTo(largest);
        }
    }

    @Test
    void hiddenFilesAreLeftOutUnlessNamed() throws Exception {
        file("part-0", 1);
        file("_SUCCESS", 0);
        file(".part-0.crc", 12);
        file("_temporary/0/part-1", 5);
        file("_label=3/part-2", 5);
        file("part-3._COPYING_", 5);
        file(".staging/part-4", 5);

        assertThat(names(list("").files())).containsExactly("part-2", "part-0");
        assertThat(names(list("*").files())).containsExactly("part-2", "part-0");
        assertThat(names(list(".part-0.crc").files())).containsExactly(".part-0.crc");
    }

    @Test
    void patternsFoldersAndFilesMayOverlap() throws Exception {
        file("a/part-0", 1);
        file("a/part-1", 2);
        file("b/part-2", 3);
        file("c/other", 4);

        FileShards shards = list("{a,b}/part-*", "a", "b/part-2");

        assertThat(names(shards.files())).containsExactly("part-0", "part-1", "part-2");
        assertThat(shards.bytes()).isEqualTo(6);
        assertThat(shards)
                .hasToString(
                        "3 files, 6 bytes, in " + folder + "/{a,b}/part-*, " + folder + "/a, " + folder + "/b/part-2");
    }

    @Test
    void fewerFilesThanWorkersIsAnErrorUnlessAllowed() throws Exception {
        file("part-0", 1);
        file("part-1", 1);
        FileShards shards = list("part-*");

        assertThatThrownBy(() -> shards.shard(0, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 files in " + folder)
                .hasMessageContaining("for 3 workers")
                .hasMessageContaining("repartition(3)")
                .hasMessageContaining("shardOrEmpty");
        assertThat(shards.shardOrEmpty(0, 3)).hasSize(1);
        assertThat(shards.shardOrEmpty(1, 3)).hasSize(1);
        assertThat(shards.shardOrEmpty(2, 3)).isEmpty();
    }

    @Test
    void workerOutOfRangeIsToldWithBothNumbers() throws Exception {
        file("part-0", 1);
        FileShards shards = list("");

        assertThatThrownBy(() -> shards.shard(1, 1)).hasMessageContaining("no worker 1 among 1");
        assertThatThrownBy(() -> shards.shardOrEmpty(-1, 2)).hasMessageContaining("no worker -1 among 2");
        assertThatThrownBy(() -> shards.shard(0, 0)).hasMessageContaining("no worker 0 among 0");
    }

    @Test
    void pathWithoutFilesIsTold() throws Exception {
        file("empty/_SUCCESS", 0);

        assertThatThrownBy(() -> list("part-*")).hasMessageContaining("nothing is at " + folder + "/part-*");
        assertThatThrownBy(() -> list("none")).hasMessageContaining("nothing is at " + folder + "/none (file:");
        assertThatThrownBy(() -> list("empty")).hasMessageContaining("no data files in " + folder + "/empty");
        assertThatThrownBy(() -> FileShards.list(CONF)).hasMessageContaining("no path given");
    }

    @Test
    void travelsToNodesAsPartOfTheMainFunction() throws Exception {
        file("part-0", 1);
        file("part-1", 1);
        FileShards shards = list("");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(shards);
        }

        Object arrived = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();

        assertThat(((FileShards) arrived).shard(1, 2)).isEqualTo(shards.shard(1, 2));
    }
}
