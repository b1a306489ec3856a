package io.tfcluster.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace of its own, with nothing in it but a loopback interface whose rate Linux's token bucket ({@code tc … tbf}) limits.
 *
 * <p>Nothing outside of it is changed, and what runs in it reaches nobody else. It goes with the shell that holds it, when this is closed.
 */
final class SlowNetwork implements AutoCloseable {
    private static final int END_SECONDS = 5;

    /** Answers each line with its own "ok", or with what {@code tc} had to say. */
    private static final String SHELL = "ip link set lo up && echo ok || exit 1; "
            + "while read -r limit; do tc qdisc del dev lo root 2> /dev/null; "
            + "if [ \"$limit\" = none ] || tc qdisc add dev lo root tbf rate \"$limit\" burst 256kb limit 32mb; "
            + "then echo ok; fi; done 2>&1";

    private final Process holder;
    private final BufferedReader out;
    private final PrintWriter in;

    private SlowNetwork(Process holder) {
        this.holder = holder;
        this.out = new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
        this.in = new PrintWriter(holder.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /**
     * Makes one.
     *
     * @throws IOException if this system does not allow it or lacks the programs (unshare, nsenter, ip, tc)
     */
    static SlowNetwork make() throws IOException {
        SlowNetwork network =
                new SlowNetwork(new ProcessBuilder("unshare", "--user", "--map-root-user", "--net", "sh", "-c", SHELL)
                        .redirectErrorStream(true)
                        .start());
        try {
            network.hearOk();
            network.limit(1_000);
            network.unlimited();
            network.enter();
            return network;
        } catch (IOException e) {
            network.close();
            throw e;
        }
    }

    /** Sets how many megabits a second each of two processes can send while the other one does too: they share one interface. */
    void limit(int megabits) throws IOException {
        say(2 * megabits + "mbit");
    }

    /** As fast as the machine. */
    void unlimited() throws IOException {
        say("none");
    }

    /** Returns the command that runs another one in here. */
    List<String> within() {
        return List.of("nsenter", "--preserve-credentials", "--user", "--net", "--target", Long.toString(holder.pid()));
    }

    /** Finds out whether a process may come in. */
    private void enter() throws IOException {
        List<String> command = new ArrayList<>(within());
        command.add("true");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("nsenter did not get in: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void say(String rate) throws IOException {
        in.println(rate);
        hearOk();
    }

    private void hearOk() throws IOException {
        String line = out.readLine();
        if (!"ok".equals(line)) {
            throw new IOException(line == null ? "unshare and ip did not make a network" : line);
        }
    }

    @Override
    public void close() {
        in.close();
        try {
            if (!holder.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                holder.destroyForcibly();
            }
        } catch (InterruptedException e) {
            holder.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
