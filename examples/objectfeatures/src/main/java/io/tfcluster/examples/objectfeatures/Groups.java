package io.tfcluster.examples.objectfeatures;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Puts together what pairs join: if a is like b and b like c, the three are one group. */
final class Groups {

    private final int[] parent;

    /** Makes so many, each alone. */
    Groups(int size) {
        this.parent = new int[size];
        for (int i = 0; i < size; i++) {
            parent[i] = i;
        }
    }

    void join(int a, int b) {
        int rootOfA = root(a);
        int rootOfB = root(b);
        parent[Math.max(rootOfA, rootOfB)] = Math.min(rootOfA, rootOfB);
    }

    private int root(int member) {
        int at = member;
        while (parent[at] != at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }

    /** The groups of two or more, the largest first, each in rising order. */
    List<List<Integer>> all() {
        Map<Integer, List<Integer>> byRoot = new TreeMap<>();
        for (int i = 0; i < parent.length; i++) {
            byRoot.computeIfAbsent(root(i), root -> new ArrayList<>()).add(i);
        }
        Collection<List<Integer>> groups = byRoot.values();
        return groups.stream()
                .filter(group -> group.size() > 1)
                .sorted(Comparator.comparing((List<Integer> group) -> -group.size()))
                .toList();
    }
}
