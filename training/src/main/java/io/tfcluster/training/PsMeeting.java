package io.tfcluster.training;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * Where all workers wait for each other and add up numbers: letters to rank 0, and its answers, through parameter server 0.
 *
 * <p>All workers come to the same meetings in the same order. Numbers drawn at random tell an answer from one to a worker that died and
 * was started again since.
 */
final class PsMeeting {
    private static final PsMailbox ARRIVALS = new PsMailbox("meeting");
    private static final long OK = 0;
    private static final long FAILED = 1;

    private final ParameterServers servers;
    private final Duration limit;

    PsMeeting(ParameterServers servers, Duration limit) {
        this.servers = servers;
        this.limit = limit;
    }

    private static PsMailbox answers(int rank) {
        return new PsMailbox("meeting_" + rank);
    }

    /** Adds the mailboxes that this rank needs. */
    static void add(TrainGraph graph, ParameterServers servers) {
        ARRIVALS.add(graph.train());
        if (servers.rank() == 0) {
            IntStream.range(1, servers.workers()).forEach(rank -> answers(rank).add(graph.train()));
        } else {
            answers(servers.rank()).add(graph.train());
        }
    }

    /**
     * Adds up sums of all workers, in place, and returns when all have come.
     *
     * @param failure what went wrong on rank 0, for all to throw, "" if nothing did
     */
    void sum(PsConnection connection, String phase, double[] sums, String failure) {
        if (servers.workers() == 1) {
            return;
        }
        if (servers.rank() == 0) {
            gather(connection, phase, sums, failure);
            return;
        }
        long nonce = ThreadLocalRandom.current().nextLong();
        PsLetter mine = new PsLetter(new long[] {servers.rank(), nonce}, sums, phase);
        PsMailbox.put(connection, phase, Map.of(ARRIVALS, mine));
        PsLetter answer = answerTo(connection, phase, nonce);
        if (answer.numbers()[1] == FAILED) {
            throw new IllegalStateException(phase + " failed: " + answer.text());
        }
        System.arraycopy(answer.sums(), 0, sums, 0, sums.length);
    }

    private PsLetter answerTo(PsConnection connection, String phase, long nonce) {
        try {
            PsLetter answer;
            do {
                answer = answers(servers.rank()).take(connection, phase, limit.plus(TrainSession.CLOSE_LIMIT));
            } while (answer.numbers()[0] != nonce);
            return answer;
        } catch (IllegalStateException e) {
            if (TensorFlowErrors.isTimeout(e)) {
                throw new IllegalStateException(
                        phase + ": rank 0 did not answer " + servers.task() + " within peerTimeout " + limit
                                + "; it is dead, hangs, or does something else",
                        e);
            }
            throw e;
        }
    }

    private void gather(PsConnection connection, String phase, double[] sums, String failure) {
        long deadline = System.nanoTime() + limit.toNanos();
        Map<Integer, PsLetter> came = new LinkedHashMap<>();
        String wrong = failure;
        while (wrong.isEmpty() && came.size() < servers.workers() - 1) {
            wrong = awaitOne(connection, phase, sums.length, came, deadline);
        }
        while (!failure.isEmpty() && came.size() < servers.workers() - 1) {
            if (!awaitOne(connection, phase, sums.length, came, deadline).isEmpty()) {
                break; // whoever does not come to hear of the failure has one of its own
            }
        }
        came.values().forEach(letter -> {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += letter.sums()[i];
            }
        });
        Map<PsMailbox, PsLetter> letters = new HashMap<>();
        for (Map.Entry<Integer, PsLetter> worker : came.entrySet()) {
            long nonce = worker.getValue().numbers()[1];
            letters.put(
                    answers(worker.getKey()),
                    new PsLetter(new long[] {nonce, wrong.isEmpty() ? OK : FAILED}, sums, wrong));
        }
        if (!letters.isEmpty()) {
            PsMailbox.put(connection, phase, letters);
        }
        if (failure.isEmpty() && !wrong.isEmpty()) {
            throw new IllegalStateException(phase + " failed: " + wrong);
        }
    }

    /** Takes one arrival and returns what is wrong with it, "" if nothing is. */
    private String awaitOne(
            PsConnection connection, String phase, int width, Map<Integer, PsLetter> came, long deadline) {
        try {
            Duration left = Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
            PsLetter letter = ARRIVALS.take(connection, phase, left);
            int rank = (int) letter.numbers()[0];
            if (rank < 1 || rank >= servers.workers()) {
                return "a rank " + rank + " came, of " + servers.workers() + " workers";
            }
            came.put(rank, letter);
            if (!letter.text().equals(phase) || letter.sums().length != width) {
                return "rank " + rank + " came to \"" + letter.text() + "\" with " + letter.sums().length
                        + " sums while rank 0 is at \"" + phase + "\" with " + width;
            }
            return "";
        } catch (IllegalStateException e) {
            if (!TensorFlowErrors.isTimeout(e)) {
                throw e;
            }
            List<Integer> missing = new ArrayList<>(
                    IntStream.range(1, servers.workers()).boxed().toList());
            missing.removeAll(came.keySet());
            return "ranks " + missing + " of " + servers.workers() + " did not come to \"" + phase
                    + "\" within peerTimeout " + limit + "; they are dead, hang, or do something else";
        }
    }

    /** Returns what each rank says, in the order of ranks. */
    List<String> texts(PsConnection connection, String phase, String mine) {
        byte[] own = mine.getBytes(StandardCharsets.UTF_8);
        double[] lengths = new double[servers.workers()];
        lengths[servers.rank()] = own.length;
        sum(connection, phase + ", lengths", lengths, "");
        int total = 0;
        int begin = 0;
        for (int rank = 0; rank < lengths.length; rank++) {
            begin = rank == servers.rank() ? total : begin;
            total += (int) lengths[rank];
        }
        double[] bytes = new double[total];
        for (int i = 0; i < own.length; i++) {
            bytes[begin + i] = own[i];
        }
        sum(connection, phase, bytes, "");
        List<String> texts = new ArrayList<>();
        int at = 0;
        for (double length : lengths) {
            byte[] text = new byte[(int) length];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) bytes[at++];
            }
            texts.add(new String(text, StandardCharsets.UTF_8));
        }
        return texts;
    }

    /** As {@link Strategy#alone}. */
    void alone(PsConnection connection, String phase, Runnable work) {
        sum(connection, phase + ", begin", new double[0], "");
        String failure = "";
        RuntimeException thrown = null;
        if (servers.rank() == 0) {
            try {
                work.run();
            } catch (RuntimeException e) {
                thrown = e;
                failure = "rank 0: " + e.getMessage();
            }
        }
        try {
            sum(connection, phase + ", end", new double[0], failure);
        } catch (RuntimeException e) {
            if (thrown == null) {
                throw e;
            }
            thrown.addSuppressed(e);
        }
        if (thrown != null) {
            throw thrown;
        }
    }
}
