package io.tfcluster;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * An exception as text that can travel: with its causes and what was suppressed, and of each so many frames that the last cause is not cut
 * off because the first one had thousands, as a StackOverflowError has.
 */
final class Traces {
    /** Frames kept at the top of each exception, and at its bottom. */
    static final int TOP = 40;

    private static final int BOTTOM = 5;

    private Traces() {}

    static String of(Throwable error) {
        StringWriter printed = new StringWriter();
        error.printStackTrace(new PrintWriter(printed));
        List<String> kept = new ArrayList<>();
        List<String> frames = new ArrayList<>();
        for (String line : printed.toString().replace("at app//", "at ").split("\\R", -1)) {
            if (line.stripLeading().startsWith("at ")) {
                frames.add(line);
            } else {
                flush(frames, kept);
                kept.add(line);
            }
        }
        flush(frames, kept);
        return String.join("\n", kept).stripTrailing();
    }

    /** Returns a frame without the names of class loader and module. */
    static String frame(StackTraceElement frame) {
        String place = frame.getFileName() == null
                ? (frame.isNativeMethod() ? "native" : "?")
                : frame.getFileName() + (frame.getLineNumber() < 0 ? "" : ":" + frame.getLineNumber());
        return frame.getClassName() + "." + frame.getMethodName() + "(" + place + ")";
    }

    private static void flush(List<String> frames, List<String> kept) {
        int all = frames.size();
        if (all > TOP + BOTTOM) {
            kept.addAll(frames.subList(0, TOP));
            String indent = frames.get(0).substring(0, frames.get(0).indexOf("at "));
            kept.add(indent + "… " + (all - TOP - BOTTOM) + " frames …");
            kept.addAll(frames.subList(all - BOTTOM, all));
        } else {
            kept.addAll(frames);
        }
        frames.clear();
    }
}
