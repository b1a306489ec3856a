package io.tfcluster.benchmarks.fuzz;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What became of one socket.
 *
 * @param strangers hostile frames of peers without the secret
 * @param insiders hostile frames of peers with it
 * @param exchanges of the honest session meanwhile
 * @param faults what went wrong, at most some tens; empty if all is well
 */
record FuzzResult(
        String socket,
        long strangers,
        long insiders,
        double seconds,
        long exchanges,
        Usage before,
        Usage after,
        List<String> faults) {
    FuzzResult {
        faults = List.copyOf(faults);
    }

    boolean isFine() {
        return faults.isEmpty();
    }

    double framesPerSecond() {
        return (strangers + insiders) / seconds;
    }

    String text() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%-10s %s: %d frames of strangers and %d of insiders in %.0f s (%.0f/s), %d honest exchanges meanwhile%n"
                        + "           before: %s%n           after:  %s%n",
                socket,
                isFine() ? "fine" : "FAULTS",
                strangers,
                insiders,
                seconds,
                framesPerSecond(),
                exchanges,
                before,
                after));
        faults.forEach(fault -> text.append("           ").append(fault).append('\n'));
        return text.toString();
    }

    Map<String, Object> json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("socket", socket);
        all.put("frames", strangers + insiders);
        all.put("strangers", strangers);
        all.put("insiders", insiders);
        all.put("seconds", seconds);
        all.put("framesPerSecond", framesPerSecond());
        all.put("honestExchanges", exchanges);
        all.put("heapBefore", before.heap());
        all.put("heapAfter", after.heap());
        all.put("directBefore", before.direct());
        all.put("directAfter", after.direct());
        all.put("threadsBefore", before.threads());
        all.put("threadsAfter", after.threads());
        all.put("filesBefore", before.files());
        all.put("filesAfter", after.files());
        all.put("faults", faults);
        return all;
    }
}
