package io.tfcluster.reservation;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.tfcluster.transport.ChannelException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.function.Function;

/** Messages as frames: a 4-byte big-endian length, then JSON. */
final class Wire {
    /** Largest frame; a longer one ends the connection before memory is taken for it. */
    static final int MAX_FRAME = 1 << 20;

    /** What a control connection is for, as the handshake signs it. */
    static final String PURPOSE = "control";

    private static final int LENGTH_BYTES = 4;
    private static final ObjectMapper MAPPER = mapper();

    private Wire() {}

    /** Returns a handler that cuts the stream into frames. */
    static LengthFieldBasedFrameDecoder frames() {
        return new LengthFieldBasedFrameDecoder(LENGTH_BYTES + MAX_FRAME, 0, LENGTH_BYTES, 0, LENGTH_BYTES);
    }

    /**
     * Returns a message with its length in front.
     *
     * @throws IllegalArgumentException if it is larger than {@link #MAX_FRAME}
     */
    static ByteBuf frame(Message message) {
        byte[] json = json(message);
        if (json.length > MAX_FRAME) {
            throw new IllegalArgumentException("a " + message.getClass().getSimpleName() + " of " + json.length
                    + " bytes is over the limit of " + MAX_FRAME + "; send less in one message");
        }
        return Unpooled.buffer(LENGTH_BYTES + json.length).writeInt(json.length).writeBytes(json);
    }

    /** Returns how many bytes a peer takes in a cluster frame. */
    static int length(Message.Peer peer) {
        return json(peer).length + 1;
    }

    /**
     * Reads the JSON of one frame.
     *
     * @throws ChannelException if it is not a message of this protocol
     */
    static Message read(ByteBuf frame) {
        try (InputStream in = new ByteBufInputStream(frame)) {
            return MAPPER.readValue(in, Message.class);
        } catch (JsonProcessingException e) {
            throw new ChannelException("not a message of this protocol: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ChannelException("reading from memory", e);
        }
    }

    private static byte[] json(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value.getClass() + " as JSON", e);
        }
    }

    private static ObjectMapper mapper() {
        SimpleModule module = new SimpleModule();
        module.addSerializer(Duration.class, ToStringSerializer.instance);
        module.addDeserializer(Duration.class, new FromText<>(Duration.class, Duration::parse));
        module.addSerializer(Instant.class, ToStringSerializer.instance);
        module.addDeserializer(Instant.class, new FromText<>(Instant.class, Instant::parse));
        module.addSerializer(OptionalInt.class, new WriteOptionalInt());
        module.addDeserializer(OptionalInt.class, new ReadOptionalInt());
        return JsonMapper.builder()
                .addModule(module)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .build();
    }

    private static final class FromText<T> extends FromStringDeserializer<T> {
        private final transient Function<String, T> parser;

        FromText(Class<T> type, Function<String, T> parser) {
            super(type);
            this.parser = parser;
        }

        @Override
        protected T _deserialize(String text, DeserializationContext context) {
            return parser.apply(text);
        }
    }

    private static final class WriteOptionalInt extends JsonSerializer<OptionalInt> {
        @Override
        public void serialize(OptionalInt value, JsonGenerator out, SerializerProvider provider) throws IOException {
            if (value.isPresent()) {
                out.writeNumber(value.getAsInt());
            } else {
                out.writeNull();
            }
        }
    }

    private static final class ReadOptionalInt extends JsonDeserializer<OptionalInt> {
        @Override
        public OptionalInt deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return OptionalInt.of(in.getIntValue());
        }

        @Override
        public OptionalInt getNullValue(DeserializationContext context) {
            return OptionalInt.empty();
        }
    }
}
