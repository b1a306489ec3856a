package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.tfcluster.examples.common.EmbeddedMongo;
import io.tfcluster.examples.common.MongoStore;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.bson.Document;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/** Documents of a MongoDB, the user's or an embedded one that ends with this; read through the mongo-spark-connector, by their ids. */
final class MongoPictures implements Pictures {

    static final String DATABASE = "objectfeatures";
    static final String COLLECTION = "pictures";
    private static final String KEY = "_id";

    private final SparkSession spark;
    private final SourceSpec spec;
    private final MongoStore store;
    private final @Nullable EmbeddedMongo embedded;
    private final int partitions;

    MongoPictures(
            SparkSession spark, SourceSpec spec, MongoStore store, @Nullable EmbeddedMongo embedded, int partitions) {
        this.spark = spark;
        this.spec = spec;
        this.store = store;
        this.embedded = embedded;
        this.partitions = partitions;
    }

    @Override
    public Dataset<Row> known() {
        return store.reader(spark, partitions)
                .schema(new StructType().add(KEY, DataTypes.StringType))
                .load()
                .select(col(KEY).as(ID), lit("").as(PLACE));
    }

    @Override
    public boolean byPlace() {
        return false;
    }

    @Override
    public Dataset<Row> read(List<Known> pictures) {
        StructType schema = new StructType()
                .add(KEY, DataTypes.StringType)
                .add(spec.labelColumn(), DataTypes.StringType)
                .add(spec.imageColumn(), DataTypes.BinaryType);
        return store.reader(spark, partitions)
                .option("aggregation.pipeline", match(pictures))
                .schema(schema)
                .load()
                .select(
                        col(KEY).as(ID),
                        lit("").as(PLACE),
                        col("`" + spec.labelColumn() + "`").as(LABEL),
                        col("`" + spec.imageColumn() + "`").as(IMAGE));
    }

    /** The ids as text, and as the ObjectIds and numbers that they may have been before Spark made text of them. */
    private static String match(List<Known> pictures) {
        List<Object> ids = new ArrayList<>();
        for (Known picture : pictures) {
            ids.add(picture.id());
            if (ObjectId.isValid(picture.id())) {
                ids.add(new ObjectId(picture.id()));
            } else if (picture.id().matches("-?[0-9]{1,18}")) {
                ids.add(Long.valueOf(picture.id()));
            }
        }
        return "[" + new Document("$match", new Document(KEY, new Document("$in", ids))).toJson() + "]";
    }

    @Override
    public void close() {
        store.close();
        if (embedded != null) {
            embedded.close();
        }
    }
}
