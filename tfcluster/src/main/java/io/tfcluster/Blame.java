package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.training.ring.RingException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Which other node an error is about: the peer of the ring that did not answer, or the one that the text names. */
final class Blame {
    private static final Pattern NODE = Pattern.compile("\\b[a-z]+:\\d+\\b");
    private static final Pattern RANK = Pattern.compile("\\brank (\\d{1,6})\\b");
    private static final int LONGEST_CHAIN = 50;

    private Blame() {}

    /** Returns the node's name; empty if the error is about none, or about several. */
    static String of(Throwable error, ClusterTemplate template, String self) {
        Set<String> named = new HashSet<>();
        int depth = 0;
        for (Throwable each = error; each != null && depth < LONGEST_CHAIN; each = each.getCause()) {
            if (each instanceof RingException ring) {
                return Rings.ofRank(template, ring.peerRank())
                        .filter(peer -> !peer.equals(self))
                        .orElse("");
            }
            String text = String.valueOf(each.getMessage());
            NODE.matcher(text).results().map(MatchResult::group).forEach(named::add);
            RANK.matcher(text)
                    .results()
                    .map(match -> Integer.parseInt(match.group(1)))
                    .forEach(rank -> Rings.ofRank(template, rank).ifPresent(named::add));
            depth++;
        }
        Set<String> nodes = new HashSet<>();
        for (int ordinal = 0; ordinal < template.size(); ordinal++) {
            nodes.add(template.name(ordinal));
        }
        named.retainAll(nodes);
        named.remove(self);
        return named.size() == 1 ? named.iterator().next() : "";
    }
}
