package io.tfcluster;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which versions of the libraries that Spark and TensorFlow both use a class loader sees, and which of them it takes: the first.
 *
 * <p>TensorFlow 1.1.0 ran with protobuf 3.19.6 to 4.33.0, and breaks with 2.5.0, which Spark's own distribution brings.
 * jackson-module-scala refuses a databind of another minor version, and parts of Netty of different versions break each other.
 */
final class DoctorClassPath {
    private static final String TOPIC = "class path";
    private static final String UNKNOWN = "unknown";
    private static final Pattern IN_NAME = Pattern.compile("-(\\d+(?:\\.[\\w]+)*(?:-[\\w.]+)?)\\.jar!?");
    private static final Pattern MINOR = Pattern.compile("(\\d+)\\.(\\d+).*");

    /** Oldest protobuf that was seen to work, as major and minor. */
    private static final int[] PROTOBUF = {3, 19};

    /** A library by one of its classes. */
    private enum Library {
        TENSORFLOW("TensorFlow", "org.tensorflow/tensorflow-core-api", "org/tensorflow/TensorFlow.class"),
        PROTOBUF("protobuf", "com.google.protobuf/protobuf-java", "com/google/protobuf/Message.class"),
        DATABIND(
                "jackson",
                "com.fasterxml.jackson.core/jackson-databind",
                "com/fasterxml/jackson/databind/ObjectMapper.class"),
        JACKSON_CORE(
                "jackson-core",
                "com.fasterxml.jackson.core/jackson-core",
                "com/fasterxml/jackson/core/JsonFactory.class"),
        JACKSON_SCALA(
                "jackson-module-scala",
                "com.fasterxml.jackson.module/jackson-module-scala_2.12",
                "com/fasterxml/jackson/module/scala/DefaultScalaModule.class"),
        NETTY("netty", "io.netty/netty-common", "io/netty/util/Version.class"),
        NETTY_TRANSPORT("netty-transport", "io.netty/netty-transport", "io/netty/channel/Channel.class"),
        NETTY_HANDLER("netty-handler", "io.netty/netty-handler", "io/netty/handler/ssl/SslHandler.class");

        private final String title;
        private final String artifact;
        private final String type;

        Library(String title, String artifact, String type) {
            this.title = title;
            this.artifact = artifact;
            this.type = type;
        }
    }

    /** One place where a library lies. */
    private record Place(String version, String jar) {}

    private final String where;
    private final boolean node;
    private final Map<Library, List<Place>> places = new LinkedHashMap<>();
    private final List<Finding> findings = new ArrayList<>();

    private DoctorClassPath(String where, boolean node) {
        this.where = where;
        this.node = node;
    }

    /**
     * Looks at what a loader finds.
     *
     * @param node whether this is a node's process; elsewhere TensorFlow's messages are read only by TFModel
     */
    static List<Finding> check(String where, ClassLoader loader, boolean node) throws IOException {
        DoctorClassPath path = new DoctorClassPath(where, node);
        for (Library library : Library.values()) {
            path.places.put(library, find(library, loader));
        }
        path.needed();
        path.protobuf();
        path.sameMinor(Library.DATABIND, Library.JACKSON_CORE);
        path.sameMinor(Library.DATABIND, Library.JACKSON_SCALA);
        path.netty();
        path.several();
        if (path.findings.isEmpty()) {
            path.findings.add(Finding.ok(
                    where,
                    TOPIC,
                    path.places.entrySet().stream()
                            .filter(entry -> List.of(
                                            Library.TENSORFLOW, Library.PROTOBUF, Library.DATABIND, Library.NETTY)
                                    .contains(entry.getKey()))
                            .map(entry -> entry.getKey().title + " "
                                    + entry.getValue().get(0).version())
                            .collect(Collectors.joining(", "))));
        }
        return path.findings;
    }

    private static List<Place> find(Library library, ClassLoader loader) throws IOException {
        List<Place> found = new ArrayList<>();
        for (URL url : Collections.list(loader.getResources(library.type))) {
            String jar =
                    url.toString().replaceAll("^jar:|^file:", "").replaceAll("^file:|!?/" + library.type + "$", "");
            Place place = new Place(version(library, url, jar), jar);
            if (!found.contains(place)) {
                found.add(place);
            }
        }
        return found;
    }

    /** What Maven wrote into the jar counts before the jar's name, which a shaded jar does not have. */
    private static String version(Library library, URL type, String jar) throws IOException {
        String properties = "META-INF/maven/" + library.artifact + "/pom.properties";
        String text = type.toString();
        URL url = new URL(text.substring(0, text.length() - library.type.length()) + properties);
        try (InputStream in = url.openStream()) {
            Properties values = new Properties();
            values.load(in);
            return values.getProperty("version", UNKNOWN);
        } catch (IOException e) { // there is none; its name is the next best
            Matcher matcher = IN_NAME.matcher(jar);
            return matcher.find() ? matcher.group(1) : UNKNOWN;
        }
    }

    private Optional<Place> first(Library library) {
        return places.getOrDefault(library, List.of()).stream().findFirst();
    }

    private void needed() {
        for (Library library : List.of(Library.TENSORFLOW, Library.PROTOBUF, Library.DATABIND, Library.NETTY)) {
            if (first(library).isEmpty()) {
                findings.add(
                        Finding.wouldFail(
                                where,
                                TOPIC,
                                "no " + library.title + " (" + library.artifact.replace('/', ':') + ")",
                                "add its jar with --jars, or to spark.executor.extraClassPath and spark.driver.extraClassPath"));
            }
        }
    }

    private void protobuf() {
        first(Library.PROTOBUF).ifPresent(place -> {
            int[] minor = minor(place.version());
            if (minor.length == 2 && Arrays.compare(minor, PROTOBUF) < 0) {
                String found = "protobuf " + place.version() + " comes first, from " + place.jar()
                        + "; TensorFlow needs " + PROTOBUF[0] + "." + PROTOBUF[1] + " or newer";
                findings.add(
                        node
                                ? Finding.wouldFail(
                                        where,
                                        TOPIC,
                                        found,
                                        "give the application protobuf-java 3.21.9 with --jars: in a node it comes before Spark's")
                                : Finding.warning(
                                        where,
                                        TOPIC,
                                        found,
                                        "for TFModel, put protobuf-java 3.21.9 before it: first in extraClassPath; nodes are not concerned"));
            }
        });
    }

    private void sameMinor(Library one, Library other) {
        if (first(one).isPresent() && first(other).isPresent()) {
            Place a = first(one).orElseThrow();
            Place b = first(other).orElseThrow();
            if (!Arrays.equals(minor(a.version()), minor(b.version()))) {
                findings.add(Finding.wouldFail(
                        where,
                        TOPIC,
                        one.title + " " + a.version() + " (" + a.jar() + ") does not fit " + other.title + " "
                                + b.version() + " (" + b.jar() + ")",
                        "give the application one minor version of Jackson, Spark's; Spark 3.5 has 2.15"));
            }
        }
    }

    private void netty() {
        TreeSet<String> versions = new TreeSet<>();
        for (Library library : List.of(Library.NETTY, Library.NETTY_TRANSPORT, Library.NETTY_HANDLER)) {
            first(library).ifPresent(place -> versions.add(place.version()));
        }
        boolean tooNew = versions.stream()
                .map(DoctorClassPath::minor)
                .anyMatch(minor -> minor.length == 2 && (minor[0] != 4 || minor[1] != 1));
        if (tooNew || versions.size() > 1) {
            findings.add(
                    tooNew
                            ? Finding.wouldFail(
                                    where, TOPIC, "netty " + versions, "take Spark's Netty; Spark 3.5 has 4.1")
                            : Finding.warning(
                                    where,
                                    TOPIC,
                                    "parts of netty of versions " + versions,
                                    "take all of Netty from Spark"));
        }
    }

    private void several() {
        places.forEach((library, all) -> {
            List<String> versions = all.stream().map(Place::version).distinct().toList();
            if (versions.size() > 1) {
                findings.add(Finding.warning(
                        where,
                        TOPIC,
                        library.title + " is there " + versions.size() + " times: "
                                + all.stream()
                                        .map(place -> place.version() + " (" + place.jar() + ")")
                                        .collect(Collectors.joining(", "))
                                + "; the first is taken",
                        "leave one of them on the class path"));
            }
        });
    }

    private static int[] minor(String version) {
        Matcher matcher = MINOR.matcher(version);
        return matcher.matches()
                ? new int[] {Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))}
                : new int[0];
    }
}
