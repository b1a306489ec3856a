package io.tfcluster;

import java.util.Locale;

/**
 * How far an executor's clock is from the driver's. A task starts after it was submitted and ends before its answer arrives; what the
 * executor's clock says of both bounds the difference from two sides, to some hundred milliseconds.
 */
final class DoctorClock {
    private static final String TOPIC = "clock";
    private static final long WARN_MILLIS = 2_000;
    private static final long FAIL_MILLIS = 300_000; // Kerberos refuses more than 5 minutes

    private DoctorClock() {}

    static Finding check(DoctorOrder.Answer answer, long submitted, long arrived) {
        long least = answer.ended() - arrived;
        long most = answer.started() - submitted;
        long surely = least > 0 ? least : most < 0 ? -most : 0;
        if (surely < WARN_MILLIS) {
            return Finding.ok(answer.where(), TOPIC, "within 2 s of the driver's, as far as can be told");
        }
        String found = String.format(
                Locale.ROOT, "%.1f s %s the driver's, or more", surely / 1e3, least > 0 ? "ahead of" : "behind");
        String advice = "set the clocks of all hosts by NTP";
        return surely >= FAIL_MILLIS
                ? Finding.wouldFail(answer.where(), TOPIC, found + ": Kerberos and certificates fail", advice)
                : Finding.warning(answer.where(), TOPIC, found, advice);
    }
}
