package io.tfcluster.examples.objectfeatures;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class WriteFailureTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "The DiskSpace quota of /out is exceeded: quota = 1 B | Make room for hdfs://names/out, or give it more",
                "File /out/x could only be written to 0 of the 1 minReplication nodes. | Make room for hdfs://names/out",
                "No space left on device | Make room for hdfs://names/out",
                "Cannot create directory /out/x. Name node is in safe mode. | Wait until hdfs://names/out can be written",
                "/out/x: Read-only file system | Let this user write to hdfs://names/out, or name another --output",
                "the moon is full | Put that right"
            })
    void theReasonIsTheFirstCauseAndTheRemedyGoesWithIt(String reason, String remedy) {
        Exception cause = new IOException(reason + "\n\tat org.apache.hadoop.hdfs.server.namenode.Somewhere");

        String said = WriteFailure.of(
                        "batch 3 failed", "hdfs://names/out", new IllegalStateException("Job aborted.", cause))
                .getMessage();

        assertThat(said)
                .startsWith("batch 3 failed: " + reason)
                .contains(remedy)
                .endsWith("then start again: what is written stays, and is not computed again")
                .doesNotContain("\n", "..");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " "})
    void causeWithoutATextIsNamed(String text) {
        assertThat(WriteFailure.of("batch 3 failed", "out", new IOException(text)))
                .hasMessageStartingWith("batch 3 failed: IOException. Put that right");
    }
}
