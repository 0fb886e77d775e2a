package orders;

import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** When each order was paid, or given up. A real one would be a table, the order's id its key. */
@Component
public class OrderBook {
    private final Clock clock;
    private final Map<String, Instant> paid = new HashMap<>();
    private final Map<String, Instant> givenUp = new HashMap<>();

    public OrderBook(Clock clock) {
        this.clock = clock;
    }

    public synchronized boolean isPaid(String id) {
        return paid.containsKey(id);
    }

    public synchronized void pay(String id) {
        if (paid.putIfAbsent(id, clock.instant()) != null) {
            throw new IllegalStateException("order " + id + " is paid already");
        }
    }

    public synchronized void giveUp(String id) {
        givenUp.putIfAbsent(id, clock.instant());
    }

    public synchronized Map<String, Instant> paid() {
        return Map.copyOf(paid);
    }

    public synchronized Map<String, Instant> givenUp() {
        return Map.copyOf(givenUp);
    }
}
