package io.tfcluster.training;

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
    /** Where an answer's numbers tell how long each rank's text is. */
    private static final int LENGTHS = 2;

    private final ParameterServers servers;
    private final Duration limit;
    private long since;

    PsMeeting(ParameterServers servers, Duration limit) {
        this.servers = servers;
        this.limit = limit;
    }

    /** Sets the mark that rank 0 came with: letters from before it are those of the dead. */
    void since(long mark) {
        since = mark;
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

    /** Adds up sums of all workers, in place, and returns when all have come. */
    void sum(PsConnection connection, String phase, double[] sums) {
        meet(connection, phase, sums, "", "");
    }

    /** Returns what each rank says, in the order of ranks. */
    List<String> texts(PsConnection connection, String phase, String mine) {
        return meet(connection, phase, new double[0], mine, "");
    }

    /**
     * Adds up the sums and gathers the texts.
     *
     * @param failure what went wrong on rank 0, for all to throw, "" if nothing did
     */
    private List<String> meet(PsConnection connection, String phase, double[] sums, String mine, String failure) {
        if (servers.workers() == 1) {
            return List.of(mine);
        }
        if (servers.rank() == 0) {
            return gather(connection, phase, sums, mine, failure);
        }
        long nonce = ThreadLocalRandom.current().nextLong();
        long[] header = {servers.rank(), nonce, phase.length(), connection.mark()};
        PsMailbox.put(connection, phase, Map.of(ARRIVALS, new PsLetter(header, sums, phase + mine)));
        PsLetter answer = answerTo(connection, phase, nonce);
        if (answer.numbers()[1] == FAILED) {
            throw new IllegalStateException(phase + " failed: " + answer.text());
        }
        System.arraycopy(answer.sums(), 0, sums, 0, sums.length);
        List<String> texts = new ArrayList<>();
        int at = 0;
        for (int rank = 0; rank < servers.workers(); rank++) {
            int end = at + (int) answer.numbers()[LENGTHS + rank];
            texts.add(answer.text().substring(at, end));
            at = end;
        }
        return texts;
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

    private List<String> gather(PsConnection connection, String phase, double[] sums, String mine, String failure) {
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
        answer(connection, phase, sums, came, wrong.isEmpty() ? texts(came, mine) : List.of(), wrong);
        if (failure.isEmpty() && !wrong.isEmpty()) {
            throw new IllegalStateException(phase + " failed: " + wrong);
        }
        return wrong.isEmpty() ? texts(came, mine) : List.of();
    }

    private List<String> texts(Map<Integer, PsLetter> came, String mine) {
        List<String> texts = new ArrayList<>();
        for (int rank = 0; rank < servers.workers(); rank++) {
            PsLetter letter = came.get(rank);
            texts.add(letter == null ? mine : letter.text().substring((int) letter.numbers()[2]));
        }
        return texts;
    }

    private static void answer(
            PsConnection connection,
            String phase,
            double[] sums,
            Map<Integer, PsLetter> came,
            List<String> texts,
            String wrong) {
        Map<PsMailbox, PsLetter> letters = new HashMap<>();
        for (Map.Entry<Integer, PsLetter> worker : came.entrySet()) {
            long[] header = new long[LENGTHS + texts.size()];
            header[0] = worker.getValue().numbers()[1];
            header[1] = wrong.isEmpty() ? OK : FAILED;
            for (int rank = 0; rank < texts.size(); rank++) {
                header[LENGTHS + rank] = texts.get(rank).length();
            }
            String text = wrong.isEmpty() ? String.join("", texts) : wrong;
            letters.put(answers(worker.getKey()), new PsLetter(header, sums, text));
        }
        if (!letters.isEmpty()) {
            PsMailbox.put(connection, phase, letters);
        }
    }

    /** Takes one arrival and returns what is wrong with it, "" if nothing is. */
    private String awaitOne(
            PsConnection connection, String phase, int width, Map<Integer, PsLetter> came, long deadline) {
        try {
            Duration left = Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
            PsLetter letter = ARRIVALS.take(connection, phase, left);
            if (letter.numbers()[3] < since) {
                return ""; // of a worker that died before this rank 0 came
            }
            int rank = (int) letter.numbers()[0];
            if (rank < 1 || rank >= servers.workers()) {
                return "a rank " + rank + " came, of " + servers.workers() + " workers";
            }
            came.put(rank, letter);
            String theirs = letter.text().substring(0, (int) letter.numbers()[2]);
            if (!theirs.equals(phase) || letter.sums().length != width) {
                return "rank " + rank + " came to \"" + theirs + "\" with " + letter.sums().length
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

    /** As {@link Strategy#alone}. */
    void alone(PsConnection connection, String phase, Runnable work) {
        sum(connection, phase + ", begin", new double[0]);
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
            meet(connection, phase + ", end", new double[0], "", failure);
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
