package io.tfcluster.tests.cluster;

import io.tfcluster.transport.ClusterSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Looks for byte sequences that must not be anywhere: as they are, in hexadecimal, in base64. */
final class Traces {
    private final Map<String, byte[]> wanted = new LinkedHashMap<>();
    private final Set<String> found = new TreeSet<>();
    private int looked;

    /** Looks for a text as it is. */
    Traces of(String name, String text) {
        wanted.put(name, text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Looks for bytes in every form that somebody may have printed them in. */
    Traces of(String name, byte[] bytes) {
        wanted.put(name + " as it is", bytes);
        of(name + " in hex", HexFormat.of().formatHex(bytes));
        of(name + " in HEX", HexFormat.of().withUpperCase().formatHex(bytes));
        of(name + " in base64", Base64.getEncoder().withoutPadding().encodeToString(bytes));
        of(name + " in base64url", Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        return of(name + " as a list", Arrays.toString(bytes));
    }

    void in(String where, byte[] all) {
        looked++;
        wanted.forEach((name, bytes) -> {
            if (contains(all, bytes)) {
                found.add(name + " in " + where);
            }
        });
    }

    /** Looks into a file if it is still there. */
    void in(Path file) {
        try {
            in(file.toString(), Files.readAllBytes(file));
        } catch (IOException e) {
            // gone meanwhile, or nobody may read it
        }
    }

    /** Looks into all files of a folder. */
    void inAll(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(Files::isRegularFile).forEach(this::in);
        } catch (IOException | UncheckedIOException e) {
            in(folder + " that changes", new byte[0]);
        }
    }

    /** Returns what was found where. */
    Set<String> found() {
        return found;
    }

    int looked() {
        return looked;
    }

    private static boolean contains(byte[] all, byte[] part) {
        outer:
        for (int at = 0; at + part.length <= all.length; at++) {
            if (all[at] != part[0]) {
                continue;
            }
            for (int i = 1; i < part.length; i++) {
                if (all[at + i] != part[i]) {
                    continue outer;
                }
            }
            return true;
        }
        return false;
    }

    /** Returns every secret that an object of ours holds, however deep: nothing in the product gives it away. */
    static List<ClusterSecret> secrets(Object root) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<ClusterSecret> secrets = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> left = new ArrayDeque<>(List.of(root));
        while (!left.isEmpty()) {
            Object object = left.remove();
            if (!seen.add(object)) {
                continue;
            }
            if (object instanceof ClusterSecret secret) {
                secrets.add(secret);
            } else if (object instanceof AtomicReference<?> reference) {
                Optional.ofNullable(reference.get()).ifPresent(left::add);
            } else if (object.getClass().getName().startsWith("io.tfcluster.")) {
                left.addAll(fields(object));
            }
        }
        return List.copyOf(secrets);
    }

    private static List<Object> fields(Object object) {
        List<Object> values = new java.util.ArrayList<>();
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
            if (!type.getName().startsWith("io.tfcluster.")) {
                continue;
            }
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) {
                    continue;
                }
                field.setAccessible(true);
                try {
                    Optional.ofNullable(field.get(object)).ifPresent(values::add);
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        return values;
    }
}
