package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PsRoundsTest {
    private final List<String> done = new ArrayList<>();
    private final Map<Integer, PsToken> answers = new HashMap<>();
    private long step;

    private final PsRounds.Servers servers = new PsRounds.Servers() {
        @Override
        public void count(int rank, boolean first) {
            done.add((first ? "first " : "more ") + rank);
        }

        @Override
        public long update(long rows) {
            done.add("update " + rows);
            return ++step;
        }

        @Override
        public void answer(Map<Integer, PsToken> tokens) {
            answers.putAll(tokens);
        }
    };

    private PsRounds rounds(int workers, int backup) {
        TrainerConfig config =
                Models.config(Optimizer.sgd(0.1)).synchronousServers(backup).build();
        PsRounds rounds = new PsRounds(workers, config, servers);
        rounds.begin(0, 7);
        return rounds;
    }

    private static void push(PsRounds rounds, int rank, long step, long number, long rows, boolean ended) {
        rounds.push(new PsPush(7, 1, step, rank, number, rows, ended, ended, 0), new double[] {rows, rows * 0.5});
    }

    private PsToken.Status status(int rank) {
        PsToken token = answers.get(rank);
        return token == null ? PsToken.Status.FAILED : token.status();
    }

    @Test
    void stepIsMadeOfAllAndWeightedByRows() {
        PsRounds rounds = rounds(3, 0);

        push(rounds, 2, 0, 1, 13, false);
        push(rounds, 0, 0, 1, 0, false);
        assertThat(answers).isEmpty();
        push(rounds, 1, 0, 1, 7, false);

        assertThat(done).containsExactly("first 2", "more 1", "update 20");
        assertThat(answers).hasSize(3);
        assertThat(answers.values()).allSatisfy(token -> {
            assertThat(token.status()).isEqualTo(PsToken.Status.DONE);
            assertThat(token.sums()).containsExactly(20, 10);
        });
    }

    @Test
    void lateGradientIsDroppedAndCountedForItsWorkerAndAll() {
        PsRounds rounds = rounds(3, 1);
        push(rounds, 0, 0, 1, 5, false);
        push(rounds, 1, 0, 1, 5, false);

        push(rounds, 2, 0, 1, 5, false);

        assertThat(status(2)).isEqualTo(PsToken.Status.DROPPED);
        assertThat(answers.get(2)).extracting(PsToken::dropped).isEqualTo(1L);
        assertThat(done).containsExactly("first 0", "more 1", "update 10");
        push(rounds, 2, 1, 2, 5, false);
        push(rounds, 0, 1, 2, 5, false);
        assertThat(answers.get(0)).extracting(PsToken::dropped).isEqualTo(0L);
        assertThat(answers.get(0)).extracting(PsToken::allDropped).isEqualTo(1L);
    }

    @Test
    void whoseRowsEndedIsNotWaitedForAndHearsOfEachStepUntilTheLast() {
        PsRounds rounds = rounds(2, 0);
        push(rounds, 0, 0, 1, 0, true);
        assertThat(answers).isEmpty();

        push(rounds, 1, 0, 1, 5, false);
        assertThat(status(0)).isEqualTo(PsToken.Status.DONE);
        push(rounds, 1, 1, 2, 5, true);

        assertThat(status(0)).isEqualTo(PsToken.Status.OVER);
        assertThat(status(1)).isEqualTo(PsToken.Status.OVER);
        assertThat(done).containsExactly("first 1", "update 5", "first 1", "update 5");
    }

    @Test
    void lastToSayThatRowsEndedEndsAllWithoutAStep() {
        PsRounds rounds = rounds(2, 0);

        push(rounds, 0, 0, 1, 0, true);
        push(rounds, 1, 0, 1, 0, true);

        assertThat(status(0)).isEqualTo(PsToken.Status.OVER);
        assertThat(status(1)).isEqualTo(PsToken.Status.OVER);
        assertThat(done).isEmpty();
    }

    @Test
    void endOfAWorkerMakesTheStepThatWaitedForIt() {
        PsRounds rounds = rounds(2, 0);

        push(rounds, 1, 0, 1, 5, false);
        push(rounds, 0, 0, 1, 0, true);

        assertThat(done).containsExactly("first 1", "update 5");
        assertThat(status(0)).isEqualTo(PsToken.Status.DONE);
    }

    @Test
    void pushThatComesAgainCountsOnceAndIsAnsweredAgain() {
        PsRounds rounds = rounds(2, 0);
        push(rounds, 0, 0, 1, 5, false);
        push(rounds, 0, 0, 1, 5, false);
        push(rounds, 1, 0, 1, 5, false);
        answers.clear();

        push(rounds, 0, 0, 1, 5, false);

        assertThat(done).containsExactly("first 0", "more 1", "update 10");
        assertThat(status(0)).isEqualTo(PsToken.Status.DONE);
        assertThat(answers.get(0)).extracting(PsToken::dropped).isEqualTo(0L);
    }

    @Test
    void whatWasComputedBeforeARestoringIsNotUsed() {
        PsRounds rounds = rounds(2, 0);
        push(rounds, 0, 0, 1, 5, false);

        rounds.reached(40, 8, false);
        assertThat(status(0)).isEqualTo(PsToken.Status.RESTORED);
        push(rounds, 1, 0, 1, 5, false);

        assertThat(status(1)).isEqualTo(PsToken.Status.RESTORED);
        assertThat(done).containsExactly("first 0");
    }

    @Test
    void updateWhoseEndWasNotHeardOfIsNotMadeTwice() {
        PsRounds rounds = rounds(1, 0);
        PsRounds deaf = new PsRounds(1, Models.config(Optimizer.sgd(0.1)).build(), new PsRounds.Servers() {
            @Override
            public void count(int rank, boolean first) {}

            @Override
            public long update(long rows) {
                throw new IllegalStateException("connection lost");
            }

            @Override
            public void answer(Map<Integer, PsToken> tokens) {
                answers.putAll(tokens);
            }
        });
        assertThat(rounds.open()).isFalse();
        deaf.begin(0, 7);
        try {
            push(deaf, 0, 0, 1, 5, false);
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("connection lost");
        }

        deaf.reached(1, 7, true);

        assertThat(status(0)).isEqualTo(PsToken.Status.DONE);
        assertThat(answers.get(0)).extracting(PsToken::step).isEqualTo(1L);
    }

    @Test
    void epochIsOverWhenAllRestAndOnlyWhoseRowsEndedRestOn() {
        PsRounds rounds = rounds(2, 0);
        rounds.push(new PsPush(7, 1, 0, 0, 1, 5, true, false, 0), new double[] {5, 1});
        rounds.push(new PsPush(7, 1, 0, 1, 1, 5, false, false, 0), new double[] {5, 1});
        assertThat(answers.values()).noneMatch(PsToken::epochOver);

        rounds.push(new PsPush(7, 1, 1, 1, 2, 0, true, true, 0), new double[0]);
        assertThat(answers.values()).allMatch(PsToken::epochOver);
        assertThat(status(0)).isEqualTo(PsToken.Status.DONE);

        rounds.push(new PsPush(7, 1, 1, 0, 2, 5, true, true, 3), new double[] {5, 1});
        assertThat(done).containsExactly("first 0", "more 1", "update 10", "first 0", "update 5");
        assertThat(status(0)).isEqualTo(PsToken.Status.OVER);
        assertThat(status(1)).isEqualTo(PsToken.Status.OVER);
        assertThat(answers.get(1)).extracting(PsToken::due).isEqualTo(3);
    }

    @Test
    void missingWorkersAreNamed() {
        PsRounds rounds = rounds(4, 1);
        push(rounds, 1, 0, 1, 5, false);
        push(rounds, 3, 0, 1, 0, true);

        assertThat(rounds.missing()).isEqualTo("step 1 needs 3 of 4 workers, but ranks [0, 2] did not join it");
    }
}
