package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.ExampleException;
import java.util.regex.Pattern;

/** What a person is told of an output that cannot be written: why, as its file system says it, and what to do about it. */
final class WriteFailure {

    private static final Pattern NO_ROOM = Pattern.compile(
            "quota.* exceeded|could only be (written|replicated) to [0-9]+ |No space left on device",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern SAFE_MODE = Pattern.compile("in safe ?mode", Pattern.CASE_INSENSITIVE);
    private static final Pattern FORBIDDEN =
            Pattern.compile("Permission denied|Read-only file system|Mkdirs failed", Pattern.CASE_INSENSITIVE);

    private WriteFailure() {}

    /**
     * Makes the one line.
     *
     * @param what could not be done
     * @param output where it was to be done
     */
    static ExampleException of(String what, String output, Throwable e) {
        String reason = reason(e);
        return new ExampleException(
                what + ": " + reason + (reason.endsWith(".") ? " " : ". ") + remedy(reason, output)
                        + ", then start again: what is written stays, and is not computed again",
                e);
    }

    /** The first line of the first cause: file systems that are far away send their stack trace with it. */
    private static String reason(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String name = root.getClass().getSimpleName();
        String message = root.getMessage();
        return message == null || message.isBlank()
                ? name
                : message.strip().lines().findFirst().orElse(name);
    }

    private static String remedy(String reason, String output) {
        if (NO_ROOM.matcher(reason).find()) {
            return "Make room for " + output + ", or give it more";
        }
        if (SAFE_MODE.matcher(reason).find()) {
            return "Wait until " + output + " can be written to (hdfs dfsadmin -safemode wait)";
        }
        if (FORBIDDEN.matcher(reason).find()) {
            return "Let this user write to " + output + ", or name another --output";
        }
        return "Put that right";
    }
}
