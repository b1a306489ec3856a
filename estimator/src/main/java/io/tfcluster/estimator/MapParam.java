package io.tfcluster.estimator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;

/**
 * A Param whose value is a map of names that keeps its order, such as the columns that fill the inputs of a model.
 *
 * <p>Made by the stage that has it; saved as a JSON object. Values are not changed once they are set.
 *
 * <pre>{@code
 * model.set(model.inputMapping(), Map.of("pixels", "image"));
 * }</pre>
 */
public final class MapParam extends Param<Map<String, String>> {
    private static final long serialVersionUID = 1L;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Makes the Param of a stage.
     *
     * @param name as users write it
     * @param doc what {@code explainParams()} says of it
     */
    public MapParam(Identifiable parent, String name, String doc) {
        super(parent, name, doc, Validators.names(name));
    }

    @Override
    public String jsonEncode(Map<String, String> value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot write " + name() + " " + value + " as JSON: " + e, e);
        }
    }

    @Override
    public Map<String, String> jsonDecode(String json) {
        try {
            return Collections.unmodifiableMap(
                    JSON.readValue(json, new TypeReference<LinkedHashMap<String, String>>() {}));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(name() + " must be a JSON object of texts, found " + json, e);
        }
    }
}
