package io.tfcluster.killmatrix;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Several hosts on one machine: a network namespace for each, with an address of its own, joined by a bridge in another namespace. Nothing outside is
 * changed, and what runs in them reaches nobody else; they go with the processes that hold them.
 */
final class Hosts implements AutoCloseable {
    private static final int SECONDS = 10;

    private final List<Process> holders = new ArrayList<>();
    private final boolean netem;

    private Hosts(Process bridge) throws IOException {
        holders.add(bridge);
        hear(bridge);
        inBridge("ip", "link", "add", "br0", "type", "bridge");
        inBridge("ip", "link", "set", "br0", "up");
        this.netem = succeeds(within(0, List.of("tc", "qdisc", "add", "dev", "br0", "root", "netem", "delay", "1ms")));
        if (netem) {
            inBridge("tc", "qdisc", "del", "dev", "br0", "root");
        }
    }

    /**
     * Makes so many.
     *
     * @throws IOException if this system does not allow it, or lacks the programs (unshare, nsenter, ip, tc)
     */
    static Hosts make(int count) throws IOException {
        Process bridge = hold(List.of("unshare", "--user", "--map-root-user", "--net"));
        Hosts hosts = null;
        try {
            hosts = new Hosts(bridge);
            for (int host = 1; host <= count; host++) {
                hosts.add(host);
            }
            return hosts;
        } catch (IOException e) {
            if (hosts != null) {
                hosts.close();
            }
            end(bridge);
            throw e;
        }
    }

    private static Process hold(List<String> within) throws IOException {
        List<String> command = new ArrayList<>(within);
        command.addAll(List.of("sh", "-c", "ip link set lo up && echo ok && read -r end"));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static void hear(Process holder) throws IOException {
        BufferedReader out = new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        if (!"ok".equals(line)) {
            throw new IOException(line == null ? "unshare does not make a network" : line);
        }
    }

    private void add(int host) throws IOException {
        Process holder = hold(List.of(
                "nsenter",
                "--preserve-credentials",
                "--user",
                "--net",
                "--target",
                Long.toString(holders.get(0).pid()),
                "unshare",
                "--net"));
        holders.add(holder);
        hear(holder);
        inBridge("ip", "link", "add", port(host), "type", "veth", "peer", "name", "eth0", "netns", "" + holder.pid());
        inBridge("ip", "link", "set", port(host), "master", "br0", "up");
        run(within(host, List.of("ip", "addr", "add", address(host) + "/24", "dev", "eth0")));
        run(within(host, List.of("ip", "link", "set", "eth0", "up")));
    }

    private static String port(int host) {
        return "host" + host;
    }

    /** Returns the address of a host, counted from 1. */
    static String address(int host) {
        return "10.77.0." + host;
    }

    /** Returns a command that runs another one on a host. */
    List<String> within(int host, List<String> command) {
        List<String> all = new ArrayList<>(List.of(
                "nsenter",
                "--preserve-credentials",
                "--user",
                "--net",
                "--target",
                Long.toString(holders.get(host).pid())));
        all.addAll(command);
        return all;
    }

    /** Lets nothing through between a host and all others. */
    void cut(int host) throws IOException {
        inBridge("ip", "link", "set", port(host), "down");
    }

    void mend(int host) throws IOException {
        inBridge("ip", "link", "set", port(host), "up");
    }

    /** Lets nothing through between two hosts: each sends to an address that nobody has. */
    void cut(int one, int other) throws IOException {
        astray(one, other);
        astray(other, one);
    }

    private void astray(int from, int to) throws IOException {
        run(within(
                from,
                List.of(
                        "ip",
                        "neigh",
                        "replace",
                        address(to),
                        "lladdr",
                        "02:00:00:00:00:01",
                        "nud",
                        "permanent",
                        "dev",
                        "eth0")));
    }

    void mend(int one, int other) throws IOException {
        run(within(one, List.of("ip", "neigh", "del", address(other), "dev", "eth0")));
        run(within(other, List.of("ip", "neigh", "del", address(one), "dev", "eth0")));
    }

    /** Makes what goes to a host late: by 50 ms, or, where the system has no netem, by a queue before a slow link. */
    void delay(int host) throws IOException {
        List<String> how = netem
                ? List.of("netem", "delay", "50ms")
                : List.of("tbf", "rate", "2mbit", "burst", "4kb", "latency", "2000ms");
        discipline(host, how);
    }

    /** Loses some of what goes to a host: a fiftieth, or, where the system has no netem, what a queue of a few packets does not hold. */
    void loss(int host) throws IOException {
        List<String> how = netem
                ? List.of("netem", "loss", "2%")
                : List.of("tbf", "rate", "8mbit", "burst", "4kb", "limit", "6kb");
        discipline(host, how);
    }

    private void discipline(int host, List<String> how) throws IOException {
        List<String> command = new ArrayList<>(List.of("tc", "qdisc", "replace", "dev", port(host), "root"));
        command.addAll(how);
        run(within(0, command));
    }

    void clear(int host) throws IOException {
        succeeds(within(0, List.of("tc", "qdisc", "del", "dev", port(host), "root")));
    }

    private void inBridge(String... command) throws IOException {
        run(within(0, List.of(command)));
    }

    private static boolean succeeds(List<String> command) {
        try {
            run(command);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void end(Process holder) {
        try {
            holder.getOutputStream().close();
            if (!holder.waitFor(SECONDS, TimeUnit.SECONDS)) {
                holder.destroyForcibly();
            }
        } catch (IOException e) {
            holder.destroyForcibly();
        } catch (InterruptedException e) {
            holder.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        List<Process> latestFirst = new ArrayList<>(holders);
        Collections.reverse(latestFirst);
        latestFirst.forEach(Hosts::end);
    }
}
