package io.tfcluster.examples.objectfeatures;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.tfcluster.examples.common.ExampleException;

/** What an output was made of and with, in its {@code run.json}. */
record RunFile(SourceSpec source, Networks networks) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of texts and numbers is JSON", e);
        }
    }

    static RunFile fromJson(String json, String where) {
        try {
            return JSON.readValue(json, RunFile.class);
        } catch (JsonProcessingException e) {
            throw new ExampleException(
                    where + " is not what bin/objectfeatures wrote there: " + e.getOriginalMessage(), e);
        }
    }

    /** Fails where the two differ in what must not change. */
    void mustEqual(RunFile now, String output) {
        if (!networks.equals(now.networks)) {
            throw new ExampleException(output
                    + " was made with other networks or settings, and codes of two kinds do not"
                    + " go together. There: " + networks + "; now: " + now.networks + ". Name another --output.");
        }
        if (!source.equals(now.source)) {
            throw new ExampleException(output + " holds " + source.text() + ", now asked for are " + now.source.text()
                    + "; name another --output");
        }
    }
}
