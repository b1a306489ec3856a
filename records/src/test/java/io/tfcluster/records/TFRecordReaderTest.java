package io.tfcluster.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class TFRecordReaderTest {
    /** A record of so many bytes makes a file that begins like a gzip file. */
    private static final int LOOKS_LIKE_GZIP = 0x088b1f;

    private static final int HEADER = 12;

    @TempDir
    private Path folder;

    private static List<byte[]> randomRecords(int... sizes) {
        Random random = new Random(7);
        List<byte[]> records = new ArrayList<>();
        for (int size : sizes) {
            byte[] record = new byte[size];
            random.nextBytes(record);
            records.add(record);
        }
        return records;
    }

    private static byte[] header(long length) {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(length);
        return header.putInt(MaskedCrc.of(header.array(), 0, 8)).array();
    }

    private static byte[] gzip(byte[]... members) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] member : members) {
            try (GZIPOutputStream out = new GZIPOutputStream(all)) {
                out.write(member);
            }
        }
        return all.toByteArray();
    }

    private Path threeRecords() throws IOException {
        Path file = folder.resolve("three.tfrecord");
        Examples.write(file, randomRecords(10, 20, 30));
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.tfrecord", "a.tfrecord.gz"})
    void recordsOfAllSizesComeBack(String name) throws Exception {
        List<byte[]> records = randomRecords(0, 1, 7, 11, 12, 13, 100_000, 0, 3_000_000, 5);
        Path file = folder.resolve(name);

        Examples.write(file, records);

        assertThat(Examples.read(file)).containsExactlyElementsOf(records);
    }

    @Test
    void bytesAreThoseOfTheFormat() throws Exception {
        Path file = folder.resolve("a");

        Examples.write(file, List.of("abc".getBytes(StandardCharsets.UTF_8)));

        // as tf.io.TFRecordWriter writes them; the two CRCs are checked by TensorFlow in TensorFlowReadsOursTest
        assertThat(Files.readAllBytes(file))
                .hasSize(HEADER + 3 + 4)
                .startsWith(3, 0, 0, 0, 0, 0, 0, 0)
                .containsSequence('a', 'b', 'c');
    }

    @Test
    void fileWithoutRecordsHasNone() throws Exception {
        Path file = Files.createFile(folder.resolve("empty"));

        assertThat(Examples.read(file)).isEmpty();
    }

    @Test
    void contentTellsGzipNotTheName() throws Exception {
        Path gzipByAnotherName = folder.resolve("plain.tfrecord");
        Path plainByAnotherName = folder.resolve("zipped.gz");
        List<byte[]> records = randomRecords(LOOKS_LIKE_GZIP, 3);
        Examples.write(folder.resolve("a.gz"), records);
        Examples.write(folder.resolve("a"), records);
        Files.move(folder.resolve("a.gz"), gzipByAnotherName);
        Files.move(folder.resolve("a"), plainByAnotherName);

        assertThat(Files.readAllBytes(plainByAnotherName)).startsWith(0x1f, 0x8b, 0x08);
        assertThat(Examples.read(gzipByAnotherName)).containsExactlyElementsOf(records);
        assertThat(Examples.read(plainByAnotherName)).containsExactlyElementsOf(records);
    }

    @Test
    void allMembersOfAGzipFileAreReadThoughTheStreamTellsNothing() throws Exception {
        Path plain = threeRecords();
        byte[] content = gzip(Files.readAllBytes(plain), Files.readAllBytes(plain));
        InputStream silent = new ByteArrayInputStream(content) {
            @Override
            public synchronized int available() {
                return 0;
            }

            @Override
            public synchronized int read(byte[] into, int from, int count) {
                return super.read(into, from, Math.min(count, 10));
            }
        };

        try (Frames frames = new Frames(silent, content.length, 1 << 20)) {
            int records = 0;
            while (frames.next() != null) {
                records++;
            }
            assertThat(records).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "true, 0", "false, 100000", "true, 100000"})
    void whatFollowsAGzipStreamAndIsNoneIsToldNotDropped(boolean aByteOnly, int size) throws Exception {
        Path file = folder.resolve("a");
        Examples.write(file, randomRecords(size));
        byte[] member = gzip(Files.readAllBytes(file));
        byte[] second = aByteOnly ? new byte[] {7} : gzip(Files.readAllBytes(file));
        second[0] ^= 1;
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(member);
        both.write(second);
        Files.write(file, both.toByteArray());

        assertThatThrownBy(() -> Examples.read(file))
                .hasMessageContaining("record 1 of " + file)
                .hasMessageContaining("bytes follow the gzip stream that are no gzip stream");
    }

    @ParameterizedTest
    @CsvSource({
        "0, the CRC of the record's length is wrong, 1, 26",
        "9, the CRC of the record's length is wrong, 1, 26",
        "15, the CRC of the record's 20 bytes of data is wrong, 1, 26",
        "33, the CRC of the record's 20 bytes of data is wrong, 1, 26"
    })
    void flippedByteIsToldWithFileRecordAndOffset(int at, String what, long record, int offset) throws Exception {
        Path file = threeRecords();
        byte[] content = Files.readAllBytes(file);
        content[offset + at] ^= 0x10;
        Files.write(file, content);

        try (TFRecordReader reader = TFRecordReader.open(file.toString(), new Configuration(false))) {
            assertThat(reader.next()).hasSize(10);

            assertThatThrownBy(reader::next)
                    .isInstanceOfSatisfying(TFRecordException.class, e -> {
                        assertThat(e.file()).contains(file.toString());
                        assertThat(e.record()).isEqualTo(record);
                    })
                    .hasMessageStartingWith("record " + record + " of " + file + ", at byte " + offset + ": " + what)
                    .hasMessageContaining("skipCorrupt");
            assertThat(reader.hasNext()).isFalse();
        }
    }

    @Test
    void everyFlippedByteIsFound() throws Exception {
        Path file = threeRecords();
        byte[] content = Files.readAllBytes(file);

        for (int at = 0; at < content.length; at++) {
            content[at] ^= 1;
            Files.write(file, content);
            assertThatThrownBy(() -> Examples.read(file)).as("byte " + at).isInstanceOf(TFRecordException.class);
            content[at] ^= 1;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyCutIsFound(boolean gzip) throws Exception {
        Path whole = threeRecords();
        byte[] content = Files.readAllBytes(whole);
        byte[] stored = gzip ? gzip(content) : content;
        List<Integer> boundaries = gzip ? List.of(0) : List.of(0, 26, 62);
        Path file = folder.resolve("cut");

        for (int length = 0; length < stored.length; length++) {
            Files.write(file, Arrays.copyOf(stored, length));
            if (boundaries.contains(length)) {
                assertThatCode(() -> Examples.read(file)).doesNotThrowAnyException();
            } else {
                assertThatThrownBy(() -> Examples.read(file))
                        .as("cut after " + length + " bytes")
                        .isInstanceOf(TFRecordException.class);
            }
        }
    }

    @Test
    void cutRecordSaysHowMuchIsMissing() throws Exception {
        Path file = threeRecords();
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 80));

        assertThatThrownBy(() -> Examples.read(file))
                .hasMessageContaining("record 2 of " + file + ", at byte 62")
                .hasMessageContaining("the record has 30 bytes and a CRC, but the file ends 6 bytes after its header");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 1L << 31, 1L << 30, 1 << 20})
    void lengthThatLiesCostsNoMemory(long length) throws Exception {
        Path plain = folder.resolve("plain");
        Path zipped = folder.resolve("zipped");
        Files.write(plain, header(length));
        Files.write(zipped, gzip(header(length)));

        assertThatThrownBy(() -> Examples.read(plain)).isInstanceOf(TFRecordException.class);
        assertThatThrownBy(() -> Examples.read(zipped)).isInstanceOf(TFRecordException.class);
    }

    @Test
    void recordOverTheLimitIsRefusedWithBothNumbers() throws Exception {
        Path file = threeRecords();
        TFRecordOptions options = TFRecordOptions.builder().maxRecordBytes(25).build();

        assertThatThrownBy(() -> Examples.read(file, options))
                .hasMessageContaining("record 2 of")
                .hasMessageContaining("30 bytes, the limit is 25; raise maxRecordBytes");
    }

    @Test
    void anotherKindOfFileIsCalledSo() throws Exception {
        Path file = Files.writeString(folder.resolve("notes.txt"), "this is only a text");

        assertThatThrownBy(() -> Examples.read(file)).hasMessageContaining("this is no TFRecord file");
    }

    @Test
    void damagedDataIsSkippedAloneAndADamagedLengthWithTheRest() throws Exception {
        TFRecordOptions skip = TFRecordOptions.builder().skipCorrupt(true).build();
        Path file = threeRecords();
        byte[] content = Files.readAllBytes(file);

        content[26 + 20] ^= 1;
        Files.write(file, content);
        assertThat(Examples.read(file, skip))
                .extracting(record -> record.length)
                .containsExactly(10, 30);

        content[26] ^= 1;
        Files.write(file, content);
        assertThat(Examples.read(file, skip))
                .extracting(record -> record.length)
                .containsExactly(10);
    }

    @Test
    void brokenGzipStreamIsSkippedFromThere() throws Exception {
        TFRecordOptions skip = TFRecordOptions.builder().skipCorrupt(true).build();
        Path file = folder.resolve("cut.gz");
        Examples.write(file, randomRecords(50_000, 50_000, 50_000));
        byte[] content = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(content, content.length / 2));

        assertThat(Examples.read(file, skip)).hasSize(1);
        assertThatThrownBy(() -> Examples.read(file))
                .hasMessageContaining("record 1 of " + file + ", at byte 50016 of the uncompressed data");
    }

    @Test
    void missingFileAndEndOfFileAreTold() throws Exception {
        Path file = threeRecords();

        assertThatThrownBy(() -> Examples.read(folder.resolve("none")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot open " + folder.resolve("none"));
        try (TFRecordReader reader = TFRecordReader.open(file.toString(), new Configuration(false))) {
            reader.forEachRemaining(record -> {});
            assertThat(reader.record()).isEqualTo(2);
            assertThatThrownBy(reader::next).isInstanceOf(NoSuchElementException.class);
            reader.close();
            reader.close();
            assertThat(reader.hasNext()).isFalse();
        }
    }

    @Test
    void writerDoesNotReplaceAFile() throws Exception {
        Path file = threeRecords();

        assertThatThrownBy(() -> TFRecordWriter.create(file.toString(), new Configuration(false)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot create " + file);
        assertThat(Examples.read(file)).hasSize(3);
    }
}
