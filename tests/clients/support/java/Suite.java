package support;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Set;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs all JUnit tests among some classes, and prints the line by which the suite is counted. */
public final class Suite {
    private Suite() {
    }

    public static void main(String[] arguments) {
        var listener = new SummaryGeneratingListener();
        var request = LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClasspathRoots(Set.of(Path.of(arguments[0]))))
                .configurationParameter("junit.jupiter.execution.timeout.default", "60 s")
                .configurationParameter("junit.jupiter.displayname.generator.default",
                        "org.junit.jupiter.api.DisplayNameGenerator$ReplaceUnderscores")
                .build();
        LauncherFactory.create().execute(request, listener);

        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.out, true), 20);
        // What is neither, a skipped test or a set-up that failed for a whole class, has failed.
        long passed = summary.getTestsSucceededCount();
        long failed = Math.max(summary.getTestsFoundCount() - passed, summary.getTotalFailureCount());
        System.out.println(passed + " passed, " + failed + " failed");
        // Clients leave threads behind that would keep the program alive.
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }
}
