package io.tfcluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** The shared folders from the driver's side: its own marks, those of the executors, and their end. */
final class DoctorPaths implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Configuration conf;
    private final String id;
    private final List<DoctorPath> paths;
    private final Map<DoctorPath, List<Path>> made = new ConcurrentHashMap<>();
    private final List<String> marks = new ArrayList<>(List.of(DoctorPath.DRIVER));

    DoctorPaths(Configuration conf, String id, List<DoctorPath> paths) {
        this.conf = conf;
        this.id = id;
        this.paths = List.copyOf(paths);
    }

    /** Leaves the driver's mark everywhere. */
    List<Finding> leave() {
        List<Finding> findings = new ArrayList<>();
        for (DoctorPath path : paths) {
            findings.addAll(DoctorGuard.run("driver", DoctorPath.TOPIC, path.advice(), LIMIT, () -> {
                made.put(path, path.leave(conf, id, DoctorPath.DRIVER));
                return List.of(Finding.ok("driver", DoctorPath.TOPIC, path.location() + " can be written to"));
            }));
        }
        return findings;
    }

    /** Looks for the executors' marks. */
    List<Finding> look(List<DoctorOrder.Answer> answers) {
        List<Finding> findings = new ArrayList<>();
        for (DoctorOrder.Answer answer : answers) {
            String mark = Integer.toString(answer.number());
            marks.add(mark);
            for (DoctorPath path : paths) {
                if (answer.marked().contains(path.location())) {
                    findings.addAll(DoctorGuard.run(
                            "driver",
                            DoctorPath.TOPIC,
                            path.advice(),
                            LIMIT,
                            () -> path.sees(conf, id, mark) ? List.of() : unseen(path, answer.where())));
                }
            }
        }
        return findings;
    }

    private static List<Finding> unseen(DoctorPath path, String who) {
        return List.of(Finding.wouldFail(
                "driver",
                DoctorPath.TOPIC,
                path.location() + " does not show what " + who + " wrote there",
                "switch off the cache of file names of that file system (NFS: noac), or take another folder"));
    }

    /** Removes all marks and the folders that were made; takes at most 30 s a folder. */
    @Override
    public void close() {
        for (DoctorPath path : paths) {
            DoctorGuard.run("driver", DoctorPath.TOPIC, path.advice(), LIMIT, () -> {
                for (String mark : marks) {
                    path.remove(conf, id, mark, List.of());
                }
                path.remove(conf, id, DoctorPath.DRIVER, made.getOrDefault(path, List.of()));
                return List.of();
            });
        }
    }

    /** Returns the folders that the configuration and the options name. */
    static List<DoctorPath> of(ClusterConfig config, CheckOptions options) {
        List<DoctorPath> all = new ArrayList<>();
        options.paths().forEach(path -> all.add(new DoctorPath(path, true)));
        config.logDir()
                .filter(dir -> !options.paths().contains(dir))
                .ifPresent(dir -> all.add(new DoctorPath(dir, false)));
        return all;
    }
}
