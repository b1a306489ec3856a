package io.tfcluster;

import io.tfcluster.DoctorOrder.Answer;
import io.tfcluster.DoctorOrder.Target;
import java.io.Serializable;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.rdd.RDD;
import scala.Function2;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.concurrent.ExecutionContext;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** One Spark job with a task for each executor, which prefers to run there. Answers count as they come: one that hangs keeps none back. */
final class DoctorJob {
    private static final String TOPIC = "executors";

    private final SparkJobs jobs;
    private final Clock clock;

    // guarded by this
    private final Map<String, Answer> answers = new LinkedHashMap<>();
    private final List<Finding> findings = new ArrayList<>();

    DoctorJob(SparkJobs jobs, Clock clock) {
        this.jobs = jobs;
        this.clock = clock;
    }

    /** Runs a job of trivial tasks: where executors are granted on demand, they are granted for it. */
    List<Finding> warmUp(int tasks, Duration limit) {
        List<Object> numbers = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            numbers.add(i);
        }
        RDD<Object> rdd = jobs.context()
                .parallelize(
                        JavaConverters.asScalaBuffer(numbers).toSeq(), tasks, ClassTag$.MODULE$.apply(Object.class));
        SimpleFutureAction<BoxedUnit> action = jobs.run(
                "tfcluster doctor: warming up",
                () -> jobs.context()
                        .submitJob(
                                rdd,
                                new Count(),
                                JavaConverters.asScalaBuffer(numbers).toSeq(),
                                ignored(),
                                () -> BoxedUnit.UNIT));
        return await(
                action,
                limit,
                "no task has run within " + limit
                        + ": the cluster manager grants no executors, or other jobs hold all slots");
    }

    private static Function2<Object, Object, BoxedUnit> ignored() {
        return (index, count) -> BoxedUnit.UNIT;
    }

    private static final class Count extends AbstractFunction1<scala.collection.Iterator<Object>, Object>
            implements Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public Object apply(scala.collection.Iterator<Object> rows) {
            return rows.size();
        }
    }

    /** Looks at each executor; the limit is for all of them together. */
    void examine(DoctorOrder order, List<Target> targets, Duration limit) {
        List<Tuple2<Target, Seq<String>>> placed = new ArrayList<>();
        List<Object> numbers = new ArrayList<>();
        for (Target target : targets) {
            // ExecutorCacheTaskLocation's form, in TaskLocation.scala
            List<String> place = List.of("executor_" + target.host() + "_" + target.executorId());
            placed.add(new Tuple2<>(
                    target, JavaConverters.asScalaBuffer(new ArrayList<>(place)).toSeq()));
            numbers.add(numbers.size());
        }
        RDD<Target> rdd = jobs.context()
                .makeRDD(JavaConverters.asScalaBuffer(placed).toSeq(), ClassTag$.MODULE$.<Target>apply(Target.class));
        long submitted = clock.millis();
        Function2<Object, Answer, BoxedUnit> handler = (index, answer) -> {
            heard(answer, submitted, clock.millis());
            return BoxedUnit.UNIT;
        };
        SimpleFutureAction<BoxedUnit> action = jobs.run(
                "tfcluster doctor: looking at " + targets.size() + " executors",
                () -> jobs.context()
                        .submitJob(
                                rdd,
                                new DoctorProbe(order),
                                JavaConverters.asScalaBuffer(numbers).toSeq(),
                                handler,
                                () -> BoxedUnit.UNIT));
        List<Finding> trouble = await(action, limit, "");
        synchronized (this) {
            findings.addAll(trouble);
            for (Target target : targets) {
                if (!answers.containsKey(target.executorId())) {
                    findings.add(Finding.warning(
                            DoctorProbe.where(target.host(), target.executorId()),
                            TOPIC,
                            "has not been looked at: no answer within " + limit,
                            "look whether other jobs hold its slots, and at its log; then check again"));
                }
            }
        }
    }

    private synchronized void heard(Answer answer, long submitted, long arrived) {
        answers.put(answer.executorId(), answer);
        findings.addAll(answer.findings());
        findings.add(DoctorClock.check(answer, submitted, arrived));
    }

    private static List<Finding> await(SimpleFutureAction<BoxedUnit> action, Duration limit, String late) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        action.onComplete(
                result -> {
                    if (result.isFailure()) {
                        done.completeExceptionally(result.failed().get());
                    } else {
                        done.complete(true);
                    }
                    return BoxedUnit.UNIT;
                },
                ExecutionContext.fromExecutor(Runnable::run));
        try {
            done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            action.cancel();
            return late.isEmpty()
                    ? List.of()
                    : List.of(Finding.wouldFail(
                            "executors", TOPIC, late, "give the application executors, then check again"));
        } catch (ExecutionException e) {
            return List.of(failed(DoctorGuard.cause(e)));
        } catch (InterruptedException e) {
            action.cancel();
            Thread.currentThread().interrupt();
        }
        return List.of();
    }

    /** Tells why tasks cannot run on the executors at all: the commonest is that these have not got our classes. */
    static Finding failed(Throwable error) {
        return Finding.wouldFail("executors", TOPIC, text(error), advice(error));
    }

    /** Spark puts the stack trace of the task into the message; its head says all. */
    private static String text(Throwable error) {
        return DoctorGuard.shortened("tasks fail: "
                + String.valueOf(SparkJobs.rootCause(error).getMessage())
                        .lines()
                        .filter(line -> !line.startsWith("\tat ") && !line.startsWith("Driver stacktrace"))
                        .limit(3)
                        .reduce("", (one, other) -> one + " " + other));
    }

    private static String advice(Throwable error) {
        String text = String.valueOf(error.getMessage());
        if (text.contains("UnsupportedClassVersionError")) {
            return "run the executors on Java 17: spark.executorEnv.JAVA_HOME";
        }
        return text.contains("ClassNotFound") || text.contains("NoClassDefFound")
                ? "give the executors tfcluster's jars: --jars, or spark.executor.extraClassPath"
                : "look at the log of that executor";
    }

    /** Returns what came so far, in the order of the executors. */
    synchronized List<Answer> answers() {
        return List.copyOf(answers.values());
    }

    synchronized List<Finding> findings() {
        return List.copyOf(findings);
    }
}
