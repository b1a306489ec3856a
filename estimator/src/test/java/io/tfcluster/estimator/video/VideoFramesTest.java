package io.tfcluster.estimator.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.estimator.ModelSpark;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Films that the same ffmpeg has written. */
@Timeout(240)
class VideoFramesTest {
    private static final int RED = 0xE01010;
    private static final int GREEN = 0x10E010;
    private static final int BLUE = 0x1010E0;

    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @TempDir
    Path folder;

    private static SparkSession spark() {
        return SPARK.session();
    }

    private static void assertColour(int[] rgb, int colour) {
        assertThat(rgb[0]).isCloseTo(colour >> 16 & 255, within(12));
        assertThat(rgb[1]).isCloseTo(colour >> 8 & 255, within(12));
        assertThat(rgb[2]).isCloseTo(colour & 255, within(12));
    }

    @Test
    void soManyFramesASecondAreSparksPictures() {
        TestFilms.write(folder.resolve("a.mp4"), 10, RED, GREEN, BLUE);

        List<Row> rows = VideoFrames.of(spark())
                .perSecond(2)
                .load(folder.toString())
                .orderBy("frame")
                .collectAsList();

        assertThat(rows).hasSize(6);
        for (int i = 0; i < 6; i++) {
            Row row = rows.get(i);
            assertThat(row.getString(0)).endsWith("/a.mp4");
            assertThat(row.getLong(1)).isEqualTo(5L * i);
            assertThat(row.getDouble(2)).isCloseTo(i / 2.0, within(1e-6));
            Row image = row.getStruct(3);
            assertThat(image.getInt(1)).isEqualTo(TestFilms.HEIGHT);
            assertThat(image.getInt(2)).isEqualTo(TestFilms.WIDTH);
            byte[] bgr = image.getAs("data");
            assertThat(bgr).hasSize(TestFilms.WIDTH * TestFilms.HEIGHT * 3);
            int middle = 3 * (TestFilms.WIDTH * TestFilms.HEIGHT / 2 + TestFilms.WIDTH / 2);
            assertColour(
                    new int[] {bgr[middle + 2] & 255, bgr[middle + 1] & 255, bgr[middle] & 255},
                    i < 2 ? RED : i < 4 ? GREEN : BLUE);
            assertThat(row.isNullAt(4)).isTrue();
        }
    }

    @Test
    void allFramesOfSeveralFilmsAndContainersAreJpegFiles() throws IOException {
        TestFilms.write(folder.resolve("a.mp4"), 10, RED);
        TestFilms.write(folder.resolve("b.mkv"), 5, GREEN, BLUE);
        TestFilms.write(folder.resolve("c.avi"), 5, BLUE);

        List<Row> rows = VideoFrames.of(spark())
                .allFrames()
                .jpeg(95)
                .load(folder + "/{a,b}.*", folder.resolve("c.avi").toString())
                .orderBy("path", "frame")
                .collectAsList();

        assertThat(rows).hasSize(10 + 10 + 5);
        Row last = rows.get(19);
        assertThat(last.getString(0)).endsWith("/b.mkv");
        assertThat(last.getDouble(2)).isCloseTo(1.8, within(1e-3));
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(last.<byte[]>getAs("image")));
        int rgb = picture.getRGB(30, 20);
        assertColour(new int[] {rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255}, BLUE);
    }

    @Test
    void filmsThatAreBrokenAreAnErrorOrAReason() throws IOException {
        byte[] good = Files.readAllBytes(TestFilms.write(folder.resolve("good.mp4"), 5, RED));
        Files.write(
                folder.resolve("cut.mp4"), Arrays.copyOf(good, good.length / 2)); // what tells of the frames is its end
        Files.write(folder.resolve("empty.mp4"), new byte[0]);
        Files.writeString(folder.resolve("text.mp4"), "no film at all");

        List<Row> rows = VideoFrames.of(spark())
                .keepGoing()
                .load(folder.toString())
                .orderBy("path")
                .collectAsList();

        assertThat(rows).hasSize(4);
        assertThat(rows.get(0).getString(4)).contains("cut.mp4: is cut off");
        assertThat(rows.get(1).getString(4)).contains("empty.mp4: the file is empty");
        assertThat(rows.get(2).isNullAt(4)).isTrue();
        assertThat(rows.get(3).getString(4)).contains("text.mp4: is no film that ffmpeg knows");
        assertThat(rows.get(3).isNullAt(3)).isTrue();
        assertThatThrownBy(() -> VideoFrames.of(spark())
                        .load(folder.resolve("cut.mp4").toString())
                        .collectAsList())
                .hasStackTraceContaining("cut.mp4: is cut off");
    }

    @Test
    void filmsOnOtherFileSystemsAreReadThere() {
        TestFilms.write(folder.resolve("a.mp4"), 5, GREEN, RED);
        Configuration conf = spark().sparkContext().hadoopConfiguration();
        conf.set("fs.viewfs.mounttable.films.link./data", folder.toUri().toString());
        conf.setBoolean("fs.viewfs.impl.disable.cache", true);

        Dataset<Row> rows = VideoFrames.of(spark()).load("viewfs://films/data/*.mp4");

        assertThat(rows.count()).isEqualTo(2);
        assertThat(rows.head().getString(0)).isEqualTo("viewfs://films/data/a.mp4");
    }

    @Test
    void moreFilmsThanJavaCppHasFunctionsAreReadAtOnce() {
        Path file = TestFilms.write(folder.resolve("a.mp4"), 5, GREEN);
        List<Film> films = new ArrayList<>();
        try {
            for (int i = 0; i < 25; i++) {
                films.add(Film.open(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()));
            }
            for (int frame = 0; frame < 5; frame++) {
                for (Film film : films) {
                    assertThat(film.next()).isTrue();
                    assertThat(film.number()).isEqualTo(frame);
                }
            }
            assertThat(films).noneMatch(Film::next);
        } finally {
            films.forEach(Film::close);
        }
    }

    @Test
    void whatIsNoFilmAndNoNumberIsSaidAtOnce() {
        assertThatThrownBy(() ->
                        VideoFrames.of(spark()).load(folder.resolve("none.mp4").toString()))
                .hasMessageContaining("no film at");
        assertThatThrownBy(() -> VideoFrames.of(spark()).load(folder.toString()))
                .hasMessageContaining("no films");
        assertThatThrownBy(() -> VideoFrames.of(spark()).perSecond(0)).hasMessageContaining("got 0.0");
        assertThatThrownBy(() -> VideoFrames.of(spark()).jpeg(101)).hasMessageContaining("got 101");
    }

    @Test
    void aFrameThatWasMisjudgedDoesNotShowInItsSecond() {
        List<Row> frames = new ArrayList<>();
        String[] labels = {"cat", "cat", "cat", "dog", "dog", "cat", "dog", "dog", "dog", "dog"};
        for (int i = 0; i < labels.length; i++) {
            frames.add(RowFactory.create("a.mp4", i / 2.0, labels[i]));
        }
        frames.add(RowFactory.create("b.mp4", 7.2, "owl"));
        frames.add(RowFactory.create("b.mp4", 7.9, null));
        Dataset<Row> rows = spark().createDataFrame(
                        frames,
                        new StructType()
                                .add("path", "string")
                                .add("time", "double")
                                .add("name", "string"));

        List<Row> alone =
                SecondLabels.of(rows, "name", 0).orderBy("path", "second").collectAsList();
        List<Row> smooth =
                SecondLabels.of(rows, "name", 1).orderBy("path", "second").collectAsList();

        assertThat(alone).extracting(row -> row.getString(2)).containsExactly("cat", "cat", "cat", "dog", "dog", "owl");
        assertThat(smooth)
                .extracting(row -> row.getString(2))
                .containsExactly("cat", "cat", "dog", "dog", "dog", "owl");
        assertThat(smooth).extracting(row -> row.getLong(1)).containsExactly(0L, 1L, 2L, 3L, 4L, 7L);
        assertThat(smooth.get(2).getDouble(3)).isCloseTo(4 / 6.0, within(1e-9));
        assertThatThrownBy(() -> SecondLabels.of(rows, "name", -1)).hasMessageContaining("got -1");
    }
}
