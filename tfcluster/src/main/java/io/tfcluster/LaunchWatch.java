package io.tfcluster;

import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.collection.JavaConverters;

/** Knows what the launching tasks of one cluster are doing, for the message that names who is missing. */
final class LaunchWatch extends SparkListener {
    private final String jobGroup;
    private final Set<Integer> stages = ConcurrentHashMap.newKeySet();
    private final Map<Integer, String> states = new ConcurrentHashMap<>();

    LaunchWatch(String jobGroup) {
        this.jobGroup = jobGroup;
    }

    @Override
    public void onJobStart(SparkListenerJobStart start) {
        Properties properties = start.properties();
        if (properties != null && jobGroup.equals(properties.getProperty(SparkJobs.GROUP_PROPERTY))) {
            JavaConverters.seqAsJavaList(start.stageInfos()).forEach(stage -> stages.add(stage.stageId()));
        }
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
        if (stages.contains(start.stageId())) {
            states.put(
                    start.taskInfo().index(),
                    "running on executor " + start.taskInfo().executorId());
        }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (stages.contains(end.stageId())) {
            states.put(end.taskInfo().index(), end.taskInfo().successful() ? "finished" : "ended: " + end.reason());
        }
    }

    /** Returns what the task with this index is doing. */
    String of(int index) {
        return states.getOrDefault(index, "waiting for a free slot");
    }
}
