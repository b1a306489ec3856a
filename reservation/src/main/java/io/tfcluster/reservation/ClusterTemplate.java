package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cluster that is expected: one slot per node, by ordinal, before anybody knows where they will run.
 *
 * <pre>{@code
 * ClusterTemplate template = ClusterTemplate.of(4, 1, false, Optional.of("chief"));
 * template.name(0);      // "ps:0"
 * template.name(1);      // "chief:0"
 * template.name(3);      // "worker:1"
 * }</pre>
 *
 * @param slots by ordinal; the indices of each role count from 0 in this order
 * @param chiefName what the job of {@link Role#CHIEF} is called: "chief" or "master"
 */
public record ClusterTemplate(List<Slot> slots, String chiefName) implements Serializable {
    /**
     * One expected node.
     *
     * @param index within the role, 0 or more
     */
    public record Slot(Role role, int index) implements Serializable {
        /** Checks that there is a role. */
        public Slot {
            requireNonNull(role, "role");
        }
    }

    /** Checks that there are slots, that each role's indices count from 0, and that the chief's name is one TensorFlow knows. */
    public ClusterTemplate {
        slots = List.copyOf(slots);
        if (slots.isEmpty()) {
            throw new IllegalArgumentException("a cluster needs at least 1 node, got none");
        }
        if (!chiefName.equals("chief") && !chiefName.equals("master")) {
            throw new IllegalArgumentException(
                    "the first trainer's job is called chief or master, got \"" + chiefName + "\"");
        }
        Map<Role, Integer> next = new EnumMap<>(Role.class);
        for (Slot slot : slots) {
            int expected = next.merge(slot.role(), 1, Integer::sum) - 1;
            if (slot.index() != expected) {
                throw new IllegalArgumentException("the indices of a role must count from 0 by ordinal: expected "
                        + slot.role().jobName() + ":" + expected + ", found index " + slot.index());
            }
        }
    }

    /**
     * Deals out the roles in the order of TensorFlowOnSpark (TFCluster.py, run): ps, chief, evaluator, workers.
     *
     * @param nodes all nodes together, 1 or more
     * @param ps how many of them are parameter servers
     * @param evaluator whether one of them evaluates
     * @param chiefName "chief" or "master" makes the first trainer the chief of that name; empty makes all trainers workers
     * @throws IllegalArgumentException if no trainer is left
     */
    public static ClusterTemplate of(int nodes, int ps, boolean evaluator, Optional<String> chiefName) {
        if (nodes < 1) {
            throw new IllegalArgumentException("nodes must be 1 or more, got " + nodes);
        }
        if (ps < 0) {
            throw new IllegalArgumentException("ps must be 0 or more, got " + ps);
        }
        int trainers = nodes - ps - (evaluator ? 1 : 0);
        if (trainers < 1) {
            throw new IllegalArgumentException("ps=" + ps + (evaluator ? " and an evaluator leave" : " leaves")
                    + " no worker among " + nodes + (nodes == 1 ? " executor" : " executors")
                    + "; lower ps or add executors");
        }
        List<Slot> slots = new ArrayList<>(nodes);
        for (int i = 0; i < ps; i++) {
            slots.add(new Slot(Role.PS, i));
        }
        int workers = trainers;
        if (chiefName.isPresent()) {
            slots.add(new Slot(Role.CHIEF, 0));
            workers--;
        }
        if (evaluator) {
            slots.add(new Slot(Role.EVALUATOR, 0));
        }
        for (int i = 0; i < workers; i++) {
            slots.add(new Slot(Role.WORKER, i));
        }
        return new ClusterTemplate(slots, chiefName.orElse(Role.CHIEF.jobName()));
    }

    /** Returns the number of nodes. */
    public int size() {
        return slots.size();
    }

    /** Returns the job name of a role in this cluster: the chief's is {@link #chiefName()}. */
    public String jobName(Role role) {
        return role == Role.CHIEF ? chiefName : role.jobName();
    }

    /** Returns a node's name, such as {@code worker:1} or {@code master:0}, for messages. */
    public String name(int ordinal) {
        Slot slot = slots.get(ordinal);
        return jobName(slot.role()) + ":" + slot.index();
    }
}
