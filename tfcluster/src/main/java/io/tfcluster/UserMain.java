package io.tfcluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;

/**
 * The user's main function with its arguments, as bytes: the executor, which may lack the user's classes, passes them on unread.
 */
final class UserMain implements Serializable {
    private static final long serialVersionUID = 1L;

    private final byte[] bytes;

    private UserMain(byte[] bytes) {
        this.bytes = bytes;
    }

    private record Call<A extends Serializable>(TFMain<A> main, A args) implements Serializable {
        void run(NodeContext ctx) throws Exception {
            main.run(args, ctx);
        }
    }

    /**
     * Packs the function.
     *
     * @throws IllegalArgumentException if it, its arguments or what it captured cannot be serialized; the text names the class
     */
    static <A extends Serializable> UserMain of(TFMain<A> main, A args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new Call<>(main, args));
        } catch (NotSerializableException e) {
            throw new IllegalArgumentException(
                    "the main function or its arguments hold a " + e.getMessage()
                            + ", which is not Serializable; use a static method, and capture values only",
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the main function and its arguments cannot be serialized: " + e.getMessage(), e);
        }
        return new UserMain(bytes.toByteArray());
    }

    /** Unpacks the function with the application's classes and runs it. */
    void run(NodeContext ctx) throws Exception {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        Call<?> call;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
                try {
                    return Class.forName(description.getName(), false, loader);
                } catch (ClassNotFoundException e) {
                    return super.resolveClass(description);
                }
            }
        }) {
            call = (Call<?>) in.readObject();
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    "class " + e.getMessage()
                            + " of the main function is not on the node's class path; add its jar with --jars",
                    e);
        }
        call.run(ctx);
    }
}
