package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.Finding.Level;
import io.tfcluster.transport.PortRange;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each check with something wrong. */
@Timeout(120)
final class DoctorChecksTest {
    private static final String HERE = "here";

    @TempDir
    Path folder;

    private Path jar(String name, Map<String, String> entries) throws IOException {
        Path jar = folder.resolve(name);
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (Map.Entry<String, String> entry : entries.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey()));
                out.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return jar;
    }

    /** Finds the jars before what the tests have. */
    private static List<Finding> classPath(boolean node, Path... jars) throws IOException {
        URL[] urls = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            urls[i] = jars[i].toUri().toURL();
        }
        ClassLoader parent = DoctorChecksTest.class.getClassLoader();
        try (URLClassLoader own = new URLClassLoader(urls, null);
                URLClassLoader all = new URLClassLoader(new URL[0], parent) {
                    @Override
                    public Enumeration<URL> getResources(String name) throws IOException {
                        List<URL> found = new ArrayList<>(Collections.list(own.getResources(name)));
                        found.addAll(Collections.list(parent.getResources(name)));
                        return Collections.enumeration(found);
                    }
                }) {
            return DoctorClassPath.check(HERE, all, node);
        }
    }

    @Test
    void theClassPathOfTheTestsIsFine() throws IOException {
        assertThat(classPath(true)).singleElement().satisfies(finding -> {
            assertThat(finding.level()).as(finding.toString()).isEqualTo(Level.OK);
            assertThat(finding.found()).contains("TensorFlow 1.1.0", "protobuf 3.", "jackson 2.15.2", "netty 4.1.");
        });
    }

    @Test
    void anOldProtobufInFrontWouldFailInANodeAndIsAWarningElsewhere() throws IOException {
        Path old = jar(
                "shaded.jar",
                Map.of(
                        "com/google/protobuf/Message.class", "",
                        "META-INF/maven/com.google.protobuf/protobuf-java/pom.properties", "version=2.5.0"));

        assertThat(classPath(true, old))
                .anySatisfy(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.WOULD_FAIL);
                    assertThat(finding.found()).contains("protobuf 2.5.0 comes first", "shaded.jar");
                })
                .anySatisfy(finding -> assertThat(finding.found()).contains("protobuf is there 2 times"));
        assertThat(classPath(false, old)).isNotEmpty().allMatch(finding -> finding.level() == Level.WARNING);
    }

    @Test
    void otherMinorVersionsOfJacksonAndOfNettyAreSeen() throws IOException {
        Path jackson =
                jar("jackson-databind-2.18.1.jar", Map.of("com/fasterxml/jackson/databind/ObjectMapper.class", ""));
        Path netty = jar("netty-common-4.2.0.Final.jar", Map.of("io/netty/util/Version.class", ""));

        assertThat(classPath(false, jackson, netty).stream()
                        .filter(finding -> finding.level() == Level.WOULD_FAIL)
                        .map(Finding::found))
                .anyMatch(found -> found.contains("jackson 2.18.1") && found.contains("does not fit"))
                .anyMatch(found -> found.contains("4.2.0.Final"));
    }

    @Test
    void clocksApartAreToldByBoundsFromBothSides() {
        assertThat(clock(1_000, 2_000, 900, 2_100).level()).isEqualTo(Level.OK);
        assertThat(clock(8_000, 9_000, 900, 2_100))
                .matches(finding ->
                        finding.level() == Level.WARNING && finding.found().startsWith("6.9 s ahead"));
        assertThat(clock(1_000, 2_000, 900_000, 900_900))
                .matches(finding ->
                        finding.level() == Level.WOULD_FAIL && finding.found().contains("s behind"));
    }

    private static Finding clock(long started, long ended, long submitted, long arrived) {
        return DoctorClock.check(
                new DoctorOrder.Answer("1", HERE, 0, started, ended, List.of(), List.of()), submitted, arrived);
    }

    @Test
    void aContainerWithoutRoomBesideTheHeapWouldFail() {
        SparkConf conf = new SparkConf(false).set("spark.executor.memory", "2g");

        assertThat(DoctorMemory.container("yarn", conf, 1, "1g", 0))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.WOULD_FAIL);
                    assertThat(finding.found()).contains("1.4 GiB").contains("384 MiB");
                    assertThat(finding.advice()).contains("spark.executor.memoryOverhead=1808m");
                });
        conf.set("spark.executor.memoryOverhead", "2g");
        assertThat(DoctorMemory.container("yarn", conf, 1, "1g", 0)).allMatch(finding -> finding.level() == Level.OK);
        assertThat(DoctorMemory.container("yarn", conf, 1, "1g", 1L << 30))
                .allMatch(finding -> finding.level() == Level.WOULD_FAIL);
        assertThat(DoctorMemory.container("spark://h:7077", conf, 9, "9g", 0)).isEmpty();
    }

    @Test
    void aHostWithoutRoomWouldFail() throws IOException {
        assertThat(DoctorMemory.host(HERE, 1, "16m", 0).level()).isEqualTo(Level.OK);
        assertThat(DoctorMemory.host(HERE, 1, "900000g", 0).level()).isEqualTo(Level.WARNING);
        assertThat(DoctorMemory.host(HERE, 1, "16m", 1L << 50).level()).isEqualTo(Level.WOULD_FAIL);
    }

    @Test
    void takenPortsAreCounted() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();

            assertThat(DoctorPorts.free(HERE, "127.0.0.1", new PortRange(port, port), 1))
                    .matches(finding -> finding.level() == Level.WOULD_FAIL
                            && finding.found().startsWith("only 0 of the 3 ports")
                            && finding.found().contains("Address already in use"));
        }
        assertThat(DoctorPorts.free(HERE, "127.0.0.1", PortRange.ANY, 4).level())
                .isEqualTo(Level.OK);
    }

    @Test
    void aMountWithoutExecutionAndALongSocketPathAreSeen() {
        List<String> mounts = List.of(
                "/dev/sda1 / ext4 rw,relatime 0 0",
                "tmpfs /tmp tmpfs rw,nosuid,noexec 0 0",
                "tmpfs /tmp/ok tmpfs rw 0 0");

        assertThat(DoctorHost.noexec(Path.of("/tmp/natives"), mounts)).isTrue();
        assertThat(DoctorHost.noexec(Path.of("/tmp/ok/natives"), mounts)).isFalse();
        assertThat(DoctorHost.noexec(Path.of("/tmpx"), mounts)).isFalse();
        assertThat(DoctorHost.socket(HERE, Path.of("/" + "x".repeat(110)))).hasSize(1);
        assertThat(DoctorHost.socket(HERE, Path.of("/tmp/feed"))).isEmpty();
    }

    @Test
    void aFolderThatIsNotSharedAndOneThatCannotBeMadeWouldFailAndNothingStays() throws IOException {
        Configuration conf = new Configuration();
        Path file = Files.createFile(folder.resolve("file"));
        DoctorPath apart = new DoctorPath(folder.resolve("a/b/c").toString(), true);

        DoctorPath.Seen seen = apart.examine(HERE, conf, "id", "0"); // no driver has left a mark
        List<Finding> broken = new DoctorPaths(conf, "id", List.of(new DoctorPath(file + "/below", true))).leave();

        assertThat(seen.marked()).isFalse();
        assertThat(seen.findings())
                .allMatch(finding -> finding.level() == Level.WOULD_FAIL
                        && finding.found().contains("does not show what the driver wrote"));
        assertThat(broken).allMatch(finding -> finding.level() == Level.WOULD_FAIL);
        assertThat(folder.resolve("a")).doesNotExist();
    }

    @Test
    void whatHangsIsAFinding() {
        CountDownLatch never = new CountDownLatch(1);

        assertThat(DoctorGuard.run(HERE, "disk", "look at it", Duration.ofMillis(50), () -> {
                    never.await();
                    return List.of();
                }))
                .singleElement()
                .matches(finding -> finding.found().contains("no answer within PT0.05S"));
    }

    @Test
    void anOptionThatNoJvmTakesIsReportedByTheNodesProcess() throws IOException {
        NodeSettings settings = new NodeSettings("64m", 1, 1, List.of("-XX:NoSuchOption"), Map.of());

        assertThat(DoctorChild.run(HERE, "127.0.0.1", settings, Duration.ofSeconds(60)))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.WOULD_FAIL);
                    assertThat(finding.found()).contains("exited with code 1");
                    assertThat(finding.advice()).contains("jvmOptions");
                });
    }

    @Test
    void damagedNativesEndTheProcessAndNotItsParent() throws IOException {
        Path whole = Natives.folder(DoctorChecksTest.class.getClassLoader()).orElseThrow();
        try (Stream<Path> libraries = Files.list(whole)) {
            for (Path library : libraries.toList()) {
                try (InputStream in = Files.newInputStream(library)) {
                    Files.write(folder.resolve(library.getFileName().toString()), in.readNBytes(200_000));
                }
            }
        }
        NodeSettings settings = new NodeSettings("64m", 1, 1, List.of("-Djava.library.path=" + folder), Map.of());

        assertThat(DoctorChild.run(HERE, "127.0.0.1", settings, Duration.ofSeconds(60)))
                .anyMatch(finding -> finding.topic().equals("class path") && finding.level() == Level.OK)
                .anySatisfy(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.WOULD_FAIL);
                    assertThat(finding.found()).contains("exited with code 13", "SIG");
                    assertThat(finding.advice()).contains("natives that are damaged");
                });
    }

    @Test
    void executorsWithoutOurClassesAreToldWhatTheyLack() {
        Finding finding = DoctorJob.failed(
                new IllegalStateException(
                        "Job aborted due to stage failure: Task 0 failed 4 times,"
                                + " most recent failure: Lost task 0.3 (TID 3) (host-1 executor 1):"
                                + " java.lang.ClassNotFoundException: io.tfcluster.DoctorProbe\n\tat java.base/X\n\nDriver stacktrace:"));

        assertThat(finding.level()).isEqualTo(Level.WOULD_FAIL);
        assertThat(finding.found()).endsWith("java.lang.ClassNotFoundException: io.tfcluster.DoctorProbe");
        assertThat(finding.advice()).contains("--jars");
    }
}
