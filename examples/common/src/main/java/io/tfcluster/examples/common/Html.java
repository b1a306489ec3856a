package io.tfcluster.examples.common;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Pieces of the pages that the examples write: files that need nothing else, with style and pictures inside. */
public final class Html {

    private Html() {}

    /** Returns text as it stands in a page. */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Returns the address of a picture that is its content. */
    public static String jpeg(byte[] file) {
        return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(file);
    }

    /**
     * Returns a text file of the jar.
     *
     * @param owner a class of the package that the file lies in
     * @throws IllegalStateException if it is not there
     */
    public static String resource(Class<?> owner, String name) {
        try (InputStream in = owner.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + name + "; build it again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("the jar's " + name + " cannot be read", e);
        }
    }
}
