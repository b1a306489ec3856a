package io.tfcluster.examples.flowers;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How the model did on pictures it never saw. */
final class Evaluation {

    /**
     * One picture and what the model says of it.
     *
     * @param id of its document
     * @param name its file name
     * @param label what it is
     * @param probabilities by class
     */
    record Answer(String id, String name, int label, List<Float> probabilities) implements Serializable {
        Answer {
            probabilities = List.copyOf(new ArrayList<>(probabilities));
        }

        int best() {
            int best = 0;
            for (int i = 1; i < probabilities.size(); i++) {
                best = probabilities.get(i) > probabilities.get(best) ? i : best;
            }
            return best;
        }

        boolean isRight() {
            return best() == label;
        }

        float certainty() {
            return probabilities.get(best());
        }
    }

    private final List<String> classes;
    private final List<Answer> answers;
    private final int[][] counts;

    Evaluation(List<String> classes, List<Answer> answers) {
        this.classes = List.copyOf(classes);
        this.answers = List.copyOf(answers);
        this.counts = new int[classes.size()][classes.size()];
        for (Answer answer : answers) {
            counts[answer.label()][answer.best()]++;
        }
    }

    List<String> classes() {
        return classes;
    }

    List<Answer> answers() {
        return answers;
    }

    /** How many pictures of this class were taken for that one. */
    int count(int is, int taken) {
        return counts[is][taken];
    }

    double accuracy() {
        long right = answers.stream().filter(Answer::isRight).count();
        return answers.isEmpty() ? 0 : (double) right / answers.size();
    }

    /** Of those taken for the class, the share that is; 0 if none was. */
    double precision(int label) {
        int taken = 0;
        for (int[] row : counts) {
            taken += row[label];
        }
        return taken == 0 ? 0 : (double) counts[label][label] / taken;
    }

    /** Of those that are of the class, the share that was found; 0 if there are none. */
    double recall(int label) {
        int are = 0;
        for (int count : counts[label]) {
            are += count;
        }
        return are == 0 ? 0 : (double) counts[label][label] / are;
    }

    /** The table for people; with up to six classes no wider than 80 columns. */
    List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(Locale.ROOT, "Accuracy on %,d test pictures: %.1f%%", answers.size(), 100 * accuracy()));
        lines.add("");
        StringBuilder head =
                new StringBuilder(String.format("%-12s %9s %7s  taken for:", "class", "precision", "recall"));
        for (String name : classes) {
            head.append(String.format(" %6.6s", name));
        }
        lines.add(head.toString());
        for (int is = 0; is < classes.size(); is++) {
            StringBuilder line = new StringBuilder(String.format(
                    Locale.ROOT,
                    "%-12.12s %8.1f%% %6.1f%%            ",
                    classes.get(is),
                    100 * precision(is),
                    100 * recall(is)));
            for (int taken = 0; taken < classes.size(); taken++) {
                line.append(String.format(" %6d", counts[is][taken]));
            }
            lines.add(line.toString());
        }
        return lines;
    }
}
