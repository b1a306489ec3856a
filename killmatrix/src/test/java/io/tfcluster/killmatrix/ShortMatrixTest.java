package io.tfcluster.killmatrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The cells of the matrix that tell most in a minute; all of them: {@code bin/killmatrix}. */
@Timeout(600)
class ShortMatrixTest {
    private static final Set<String> CASES = Set.of(
            "chief/checkpointing/SIGKILL",
            "worker/in a step/exception",
            "worker/in a step/SIGKILL/restarts",
            "ps/in a step/SIGKILL",
            "feed task/feeding/exception",
            "executor/in a step/SIGKILL/restarts");

    @Test
    void damageEndsAsItMustAndNothingIsLeft() {
        List<Case> cases =
                Cases.all().stream().filter(each -> CASES.contains(each.id())).toList();

        List<Result> results = KillMatrix.run(cases);

        assertThat(results).hasSize(CASES.size()).allMatch(Result::isGood);
    }
}
