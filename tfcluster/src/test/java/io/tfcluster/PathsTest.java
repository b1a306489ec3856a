package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases of TensorFlowOnSpark's own test of hdfs_path. */
final class PathsTest {
    @ParameterizedTest
    @CsvSource({
        "hdfs://foo/bar,      hdfs://nn:8020, hdfs://foo/bar",
        "s3a://bucket/key,    file:///,       s3a://bucket/key",
        "file:/tmp/x,         hdfs://nn:8020, file:/tmp/x",
        "/foo/bar,            hdfs://nn:8020, hdfs://nn:8020/foo/bar",
        "/foo/bar,            hdfs://nn:8020/, hdfs://nn:8020/foo/bar",
        "foo/bar,             hdfs://nn:8020, hdfs://nn:8020/user/ann/foo/bar",
        "/foo/bar,            file:///,       file:///foo/bar",
        "foo/bar,             file:///,       file:///folder/foo/bar",
    })
    void pathsAreCompleted(String path, String defaultFs, String expected) {
        assertThat(Paths.absolute(path, defaultFs, "ann", Path.of("/folder"))).isEqualTo(expected);
    }

    @Test
    void anEmptyPathIsRefused() {
        assertThatThrownBy(() -> Paths.absolute("", "file:///", "ann", Path.of("/folder")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
