package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of asynchronous parameter servers: updates and positions of all workers fit together, and resume goes on after them. */
@Timeout(90)
class PsPositionsTest {
    private static final Rows ROWS = Rows.classes(4_000, 6, 1);
    private static final int BATCH = 5;

    @TempDir
    static Path folder;

    private static PsServers servers;

    @BeforeAll
    static void start() throws Exception {
        servers = PsServers.start(folder, 2, 2);
    }

    @AfterAll
    static void stop() throws Exception {
        servers.close();
    }

    private static Trainer trainer(CheckpointConfig checkpoints, int rank) {
        TrainerConfig config = Models.config(Optimizer.adam(0.01))
                .checkpoints(checkpoints)
                .stepTimeout(Duration.ofSeconds(20))
                .peerTimeout(Duration.ofSeconds(40))
                .build();
        return Trainer.parameterServer(
                Models::mlp, ROWS.specs(), config, servers.place(rank, 2), TrainingListener.none());
    }

    /** Even batches are rank 0's, odd ones rank 1's. */
    private static NumberedRows source(Trainer trainer, int rank) {
        int first = trainer.restored()
                .map(saved -> NumberedRows.row(saved.positions().get(rank)))
                .orElse(rank * BATCH);
        return new NumberedRows(ROWS, first, BATCH, 2 * BATCH);
    }

    private static long batches(SavedCheckpoint saved) {
        long batches = 0;
        for (int rank = 0; rank < 2; rank++) {
            batches += (NumberedRows.row(saved.positions().get(rank)) - rank * BATCH) / (2L * BATCH);
        }
        return batches;
    }

    @Test
    void everyCheckpointHasTheUpdatesAndPositionsOfAllWorkersAndResumeGoesOnAfterThem() throws Exception {
        CheckpointConfig checkpoints = CheckpointConfig.in(
                        folder.resolve("saved").toString())
                .keep(100)
                .every(Trigger.steps(5));
        List<SavedCheckpoint> seen = Collections.synchronizedList(new ArrayList<>());
        servers.forget();
        PsServers.run(2, rank -> {
            try (Trainer trainer = trainer(checkpoints, rank)) {
                FitOptions look = FitOptions.builder()
                        .every(Trigger.steps(5), moment -> {
                            if (rank == 0) {
                                SavedCheckpoint.newest(checkpoints).ifPresent(seen::add);
                            }
                        })
                        .build();
                return trainer.fit(source(trainer, rank).give(rank == 0 ? 60 : 90), look);
            }
        });
        SavedCheckpoint last = SavedCheckpoint.newest(checkpoints).orElseThrow();
        seen.add(last);

        assertThat(seen)
                .hasSizeGreaterThan(5)
                .allSatisfy(saved -> assertThat(batches(saved))
                        .describedAs("batches in %s", saved.positions())
                        .isEqualTo(saved.step()));
        assertThat(seen.stream().map(saved -> saved.positions().get(1)).distinct())
                .hasSizeGreaterThan(3);

        servers.forget();
        List<List<Integer>> handedOut = PsServers.run(2, rank -> {
            try (Trainer trainer = trainer(checkpoints.resume(true), rank)) {
                assertThat(trainer.restored().orElseThrow().positions().get(rank)) // the others may be at work already
                        .isEqualTo(last.positions().get(rank));
                NumberedRows rows = source(trainer, rank).give(rank == 0 ? 3 : 2);
                trainer.fit(rows);
                return rows.handedOut;
            }
        });

        for (int rank = 0; rank < 2; rank++) {
            assertThat(handedOut.get(rank).get(0))
                    .isEqualTo(NumberedRows.row(last.positions().get(rank)));
        }
        SavedCheckpoint again = SavedCheckpoint.newest(checkpoints).orElseThrow();
        assertThat(batches(again)).isEqualTo(again.step());
        assertThat(again.step()).isGreaterThan(last.step());
    }

    @Test
    void checkpointBeforeAWorkerCameHasThePositionThatItWasRestoredWith() throws Exception {
        CheckpointConfig checkpoints =
                CheckpointConfig.in(folder.resolve("alone").toString()).resume(true);
        servers.forget();
        PsServers.run(2, rank -> {
            try (Trainer trainer = trainer(checkpoints, rank)) {
                NumberedRows rows = source(trainer, rank);
                trainer.fit(rows.give(rank == 0 ? 3 : 4));
                trainer.strategy().reduce(new double[1]);
                if (rank == 0) {
                    trainer.fit(rows.give(1));
                }
                return rank;
            }
        });
        servers.forget();
        try (Trainer trainer = trainer(checkpoints, 0)) {
            trainer.fit(source(trainer, 0).give(1));
        }

        List<String> positions =
                SavedCheckpoint.newest(checkpoints).orElseThrow().positions();
        assertThat(positions)
                .containsExactly("{\"row\":" + 5 * 2 * BATCH + "}", "{\"row\":" + (4 * 2 + 1) * BATCH + "}");
    }
}
