package io.tfcluster.estimator.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.estimator.ModelSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ImageReaderTest {

    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    private static SparkSession spark() {
        return SPARK.session();
    }

    private static Path pictures(Path folder) throws IOException {
        for (String name : List.of("wasps [x]", "ants {1}", "bees")) {
            Path inner = Files.createDirectories(folder.resolve("set").resolve(name));
            Files.write(inner.resolve("a b.jpg"), TestPictures.jpeg(20, 10));
            Files.write(inner.resolve("UP.JPEG"), TestPictures.jpeg(20, 10));
            Files.writeString(inner.resolve("notes.txt"), "no picture");
        }
        Path deep = Files.createDirectories(folder.resolve("set/bees/queens"));
        Files.write(deep.resolve("q.png"), TestPictures.png(5, 5));
        Files.createDirectories(folder.resolve("set/.hidden"));
        return folder.resolve("set");
    }

    @Test
    void foldersGiveLabelsInTheOrderOfTheirNames(@TempDir Path folder) throws IOException {
        Dataset<Row> read = ImageReader.of(spark())
                .labelsFromFolders()
                .load(pictures(folder).toString());

        assertThat(read.columns()).containsExactly("path", "image", "label", "className");
        List<String> rows = read.orderBy("path").collectAsList().stream()
                .map(row -> row.getDouble(2) + " " + row.getString(3) + " "
                        + row.getString(0).replaceAll(".*/", ""))
                .collect(Collectors.toList());
        assertThat(rows)
                .containsExactly(
                        "0.0 ants {1} UP.JPEG",
                        "0.0 ants {1} a b.jpg",
                        "1.0 bees UP.JPEG",
                        "1.0 bees a b.jpg",
                        "2.0 wasps [x] UP.JPEG",
                        "2.0 wasps [x] a b.jpg");
        Dataset<Row> named =
                new IndexToString().setInputCol("label").setOutputCol("again").transform(read);
        assertThat(named.where("again <> className").count()).isZero();
        assertThat(new ImageTransformer()
                        .setChain(ImageChain.decode().resize(4, 4))
                        .transform(read)
                        .count())
                .isEqualTo(6);
    }

    @Test
    void withoutLabelsFoldersOfAnyDepthAreRead(@TempDir Path folder) throws IOException {
        Path set = pictures(folder);

        assertThat(ImageReader.of(spark()).load(set.toString()).count()).isEqualTo(7);
        assertThat(ImageReader.of(spark()).names("*.txt").load(set.toString()).count())
                .isEqualTo(3);
        assertThat(ImageReader.of(spark())
                        .load(set.resolve("bees/a b.jpg").toString())
                        .columns())
                .containsExactly("path", "image");
    }

    @Test
    void foldersThatAreNotThereAreToldAtOnce(@TempDir Path folder) {
        ImageReader reader = ImageReader.of(spark());

        assertThatThrownBy(() -> reader.load(folder + "/none")).hasMessageContaining("does not exist");
        assertThatThrownBy(() -> reader.labelsFromFolders().load(folder + "/none"))
                .hasMessageContaining("is no folder");
        assertThatThrownBy(() -> reader.labelsFromFolders().load(folder.toString()))
                .hasMessageContaining("holds no folders");
        assertThatThrownBy(() -> reader.load()).hasMessageContaining("no path is given");
    }

    @Test
    void anyFrameWithPicturesWillDo(@TempDir Path folder) throws IOException {
        Path set = pictures(folder);
        Dataset<Row> binary = spark().read()
                .format("binaryFile")
                .option("recursiveFileLookup", "true")
                .option("pathGlobFilter", "*.jpg")
                .load(set.toString());
        Dataset<Row> sparks = spark().read()
                .format("image")
                .option("recursiveFileLookup", "true")
                .option("pathGlobFilter", "*.jpg")
                .load(set.toString());
        Dataset<Row> nested = binary.select(functions.struct("path", "content").as("doc"));
        ImageTransformer small =
                new ImageTransformer().setChain(ImageChain.decode().resize(4, 4));

        assertThat(ImageReader.column(binary, "content").columns())
                .contains("image")
                .doesNotContain("content");
        assertThat(small.transform(ImageReader.column(nested, "doc.content")).count())
                .isEqualTo(3);
        assertThat(small.transform(ImageReader.column(sparks, "image")).count()).isEqualTo(3);
        assertThatThrownBy(() -> ImageReader.column(binary, "path")).hasMessageContaining("is no picture");
        assertThatThrownBy(() -> ImageReader.column(binary, "photo"))
                .hasMessageContaining("there is no column \"photo\"; there are");
    }
}
