package io.tfcluster.reservation;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what a listener hears, and on which threads. */
final class Recorder implements ReservationListener {
    final List<String> events = new CopyOnWriteArrayList<>();
    final List<NodeFailure> failures = new CopyOnWriteArrayList<>();
    final List<NodeProgress> progress = new CopyOnWriteArrayList<>();
    final List<String> threads = new CopyOnWriteArrayList<>();

    private void add(String event) {
        events.add(event);
        threads.add(Thread.currentThread().getName());
    }

    @Override
    public void joined(int ordinal, NodeInfo node) {
        add("joined " + ordinal);
    }

    @Override
    public void progress(int ordinal, NodeProgress now) {
        progress.add(now);
    }

    @Override
    public void log(int ordinal, List<String> lines) {
        add("log " + ordinal + " " + lines);
    }

    @Override
    public void notice(int ordinal, String topic, Map<String, String> details) {
        add("notice " + ordinal + " " + topic + " " + details);
    }

    @Override
    public void failed(int ordinal, NodeFailure failure) {
        failures.add(failure);
        add("failed " + ordinal);
    }

    @Override
    public void completed(int ordinal, NodeFailure failure) {
        failures.add(failure);
        add("completed " + ordinal);
    }

    @Override
    public void lost(int ordinal, String why) {
        add("lost " + ordinal + " " + why);
    }

    @Override
    public void stalled(int ordinal, Duration silence) {
        add("stalled " + ordinal);
    }

    @Override
    public void farewell(int ordinal, Map<String, String> result) {
        add("farewell " + ordinal + " " + result);
    }
}
