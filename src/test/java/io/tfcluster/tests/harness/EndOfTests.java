package io.tfcluster.tests.harness;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Ends the Spark application that test classes share, after the last of them; JUnit finds it by its service file. */
public final class EndOfTests implements LauncherSessionListener {
    @Override
    public void launcherSessionClosed(LauncherSession session) {
        LocalSpark.endIdle();
    }
}
