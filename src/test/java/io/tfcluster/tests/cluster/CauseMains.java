package io.tfcluster.tests.cluster;

import io.tfcluster.NodeContext;
import io.tfcluster.reservation.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Main functions that end in ways that are hard to tell from outside, or stand still. */
final class CauseMains {
    private CauseMains() {}

    /** Takes rows on worker 0; has a thread do something on worker 1, and waits for ever. */
    private static void inAThread(NodeContext ctx, Runnable what) {
        if (ctx.index() == 0) {
            Mains.consumesSlowly("", ctx);
            return;
        }
        new Thread(what, "a-users-thread").start();
        waitForEver();
    }

    private static void waitForEver() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    static void fillsItsHeapInAThread(String args, NodeContext ctx) {
        inAThread(ctx, () -> {
            List<long[]> all = new ArrayList<>();
            while (all.size() < 1_000_000) {
                all.add(new long[1 << 20]);
            }
        });
    }

    static void exitsInAThread(String args, NodeContext ctx) {
        inAThread(ctx, () -> System.exit(0));
    }

    static void logsAndThrows(String args, NodeContext ctx) {
        if (ctx.index() == 0) {
            Mains.consumesSlowly("", ctx);
            return;
        }
        for (int i = 1; i <= 200; i++) {
            System.out.println("said " + i);
        }
        System.out.flush();
        IllegalStateException error =
                new IllegalStateException("the outer one", new IllegalArgumentException("the inner one"));
        error.addSuppressed(new IllegalStateException("the suppressed one"));
        throw error;
    }

    static void evaluatorFailsAtTheEnd(String args, NodeContext ctx) {
        if (ctx.role() == Role.EVALUATOR) {
            ctx.awaitStop();
            throw new IllegalStateException("the evaluator's last export failed");
        }
        Mains.consumes(args, ctx);
    }

    /** Worker 1 never takes a row. */
    static void oneTakesNothing(String args, NodeContext ctx) {
        if (ctx.index() == 1) {
            waitForEver();
        }
        Mains.consumes(args, ctx);
    }

    static int takesAMoment(int value) {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException("a user's job was interrupted", e);
        }
        return value;
    }
}
