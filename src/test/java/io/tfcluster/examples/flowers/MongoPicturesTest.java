package io.tfcluster.examples.flowers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageReader;
import io.tfcluster.estimator.image.ImageTransformer;
import io.tfcluster.examples.common.EmbeddedMongo;
import io.tfcluster.tests.harness.LocalSpark;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.bson.Document;
import org.bson.types.Binary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The image stages on what others hold pictures in: a binary column of MongoDB. */
@Timeout(400)
final class MongoPicturesTest {
    private static final ImageChain CHAIN = ImageChain.decode().resize(2, 2).scale(0, 1);

    @TempDir
    Path folder;

    private static byte[] png(int grey) throws IOException {
        BufferedImage image = new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB);
        for (int at = 0; at < 48; at++) {
            image.setRGB(at % 8, at / 8, grey << 16 | grey << 8 | grey);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    @Test
    void picturesOfMongoDbAreDecodedAndBrokenOnesNamed() throws IOException {
        try (EmbeddedMongo mongo = EmbeddedMongo.start(folder.resolve("db"));
                MongoClient client = MongoClients.create(mongo.uri());
                LocalSpark spark = LocalSpark.inThisJvm()) {
            List<Document> documents = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                documents.add(new Document("_id", "p" + i)
                        .append("photo", new Document("bytes", new Binary(i == 4 ? new byte[] {1, 2} : png(51 * i)))));
            }
            client.getDatabase("shop").getCollection("goods").insertMany(documents);
            Dataset<Row> goods = spark.session()
                    .read()
                    .format("mongodb")
                    .option("connection.uri", mongo.uri())
                    .option("database", "shop")
                    .option("collection", "goods")
                    .option(
                            "partitioner",
                            "com.mongodb.spark.sql.connector.read.partitioner.PaginateIntoPartitionsPartitioner")
                    .schema("_id string, photo struct<bytes: binary>")
                    .load();

            List<Row> rows = new ImageTransformer()
                    .setChain(CHAIN)
                    .setOutputCol("pixels")
                    .setOnError("null")
                    .transform(ImageReader.column(goods, "photo.bytes"))
                    .orderBy("_id")
                    .collectAsList();

            assertThat(rows).hasSize(6);
            for (int i = 0; i < 6; i++) {
                Row row = rows.get(i);
                if (i == 4) {
                    assertThat(row.isNullAt(row.fieldIndex("pixels"))).isTrue();
                    assertThat(row.<String>getAs("imageError")).isNotBlank();
                } else {
                    List<Float> pixels = row.getList(row.fieldIndex("pixels"));
                    assertThat(pixels).hasSize(12);
                    assertThat(pixels.get(7)).isCloseTo(i / 5f, within(1e-5f));
                }
            }
        }
    }
}
