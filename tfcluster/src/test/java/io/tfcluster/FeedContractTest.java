package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.feeding.FeedSchema;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

final class FeedContractTest {
    private static final FeedSchema SCHEMA = FeedSchema.builder()
            .uint8("image", 2, 2, 3)
            .float32("weights", 4)
            .int64("label")
            .build();

    @Test
    void aDataFrameThatFitsPasses() {
        StructType data = new StructType()
                .add("label", DataTypes.IntegerType)
                .add("image", DataTypes.BinaryType)
                .add("weights", DataTypes.createArrayType(DataTypes.DoubleType))
                .add("more", DataTypes.StringType);

        assertThatCode(() -> FeedContract.match("train", SCHEMA, data, Map.of()))
                .doesNotThrowAnyException();
    }

    @Test
    void theErrorShowsBothSides() {
        StructType data = new StructType().add("image", DataTypes.BinaryType).add("weights", DataTypes.StringType);

        assertThatThrownBy(() -> FeedContract.match("train", SCHEMA, data, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("feed \"train\"")
                .hasMessageContaining("select, rename or cast")
                .hasMessageMatching("(?s).*weights +FLOAT32 4 +string +<- does not fit.*")
                .hasMessageMatching("(?s).*label +INT64 +missing +<- does not fit.*");
    }
}
