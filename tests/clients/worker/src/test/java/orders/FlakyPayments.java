package orders;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import support.Emulator;

/** Fails as often as a test says, and remembers when it was asked. */
class FlakyPayments implements Payments {
    private final Clock clock;
    private final Map<String, Integer> failuresLeft = new HashMap<>();
    private final Map<String, List<Duration>> attempts = new HashMap<>();
    private Runnable during = () -> {
    };

    FlakyPayments(Clock clock) {
        this.clock = clock;
    }

    /** The next attempts to charge an order fail. */
    synchronized void fail(String id, int times) {
        failuresLeft.put(id, times);
    }

    /** What happens while the next order is charged. */
    synchronized void during(Runnable action) {
        during = action;
    }

    /** When an order was to be charged, counted from the start. */
    synchronized List<Duration> attempts(String id) {
        return List.copyOf(attempts.getOrDefault(id, List.of()));
    }

    @Override
    public synchronized void charge(Order order) {
        var since = Duration.between(Instant.ofEpochMilli(Emulator.START_MS), clock.instant());
        attempts.computeIfAbsent(order.id(), id -> new ArrayList<>()).add(since);
        var action = during;
        during = () -> {
        };
        action.run();
        if (failuresLeft.merge(order.id(), -1, Integer::sum) >= 0) {
            throw new IllegalStateException("no answer from the bank");
        }
    }
}
