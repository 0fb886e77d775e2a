package orders;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.Gson;
import com.qcloud.cmq.Account;
import com.qcloud.cmq.CMQClient;
import com.qcloud.cmq.CMQTool;
import com.qcloud.cmq.Queue;
import com.qcloud.cmq.entity.CmqConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import support.Emulator;

/**
 * The worker, as it is, on a clock that stands. Whenever both its listeners wait in long polls
 * there is nothing to do at this instant, and the test moves time.
 */
class WorkerTest {
    private static final Gson JSON = new Gson();
    private static final int TIMES = 3;

    private final VirtualClock clock = new VirtualClock();
    private final FlakyPayments payments = new FlakyPayments(clock);
    private ConfigurableApplicationContext worker;
    private OrderBook book;
    private Queue orders;

    @BeforeEach
    void start() throws Exception {
        Emulator.restart();
        createQueues();
        worker = new SpringApplicationBuilder(Worker.class).initializers(context -> {
            context.getBeanFactory().registerSingleton("clock", clock);
            context.getBeanFactory().registerSingleton("payments", payments);
        }).run();
        book = worker.getBean(OrderBook.class);
        orders = worker.getBean(Account.class).getQueue("orders");
        awaitIdle();
    }

    /** An order comes again after an hour, three times in all; then it is a dead letter. */
    private static void createQueues() throws Exception {
        create(Map.of("queueName", "dead-orders", "pollingWaitSeconds", "30"));
        create(Map.of("queueName", "orders", "pollingWaitSeconds", "30",
                "visibilityTimeout", "3600", "deadLetterPolicy", JSON.toJson(Map.of(
                        "deadLetterQueue", "dead-orders", "policy", 0, "maxReceiveCount", TIMES))));
    }

    /** The client's QueueMeta knows no dead-letter policy. */
    private static void create(Map<String, String> parameters) throws Exception {
        var config = new CmqConfig();
        config.setEndpoint(Emulator.URL);
        config.setSecretId(Emulator.SECRET_ID);
        config.setSecretKey(Emulator.SECRET_KEY);
        CMQTool.checkResult(new CMQClient(config).call("CreateQueue", new TreeMap<>(parameters)));
    }

    /** The worker ends when its polls have ended: it would wait for half a minute. */
    @AfterEach
    void stop() throws Exception {
        var closing = new Thread(worker::close);
        closing.start();
        while (closing.isAlive()) {
            Emulator.advance("30s");
        }
    }

    private static void awaitIdle() {
        Emulator.await(Map.of("all", Stream.of("orders", "dead-orders")
                .map(queue -> Map.of("queue", queue, "polls", Map.of("eq", 1))).toList()));
    }

    private static void advance(String by) {
        Emulator.advance(by);
        awaitIdle();
    }

    private void send(String... ids) throws Exception {
        orders.batchSend(Stream.of(ids).map(id -> JSON.toJson(new Order(id, 995))).toList());
        awaitIdle();
    }

    private static List<Duration> hours(int... hours) {
        return IntStream.of(hours).mapToObj(Duration::ofHours).toList();
    }

    private static Instant at(Duration duration) {
        return Instant.ofEpochMilli(Emulator.START_MS).plus(duration);
    }

    private static Instant atHour(int hour) {
        return at(Duration.ofHours(hour));
    }

    private static void assertNothingLeft() {
        assertEquals(List.of(), Emulator.messages("orders"));
        assertEquals(List.of(), Emulator.messages("dead-orders"));
    }

    @Test
    void an_order_is_paid_at_once() throws Exception {
        send("1");
        assertEquals(hours(0), payments.attempts("1"));
        assertEquals(Map.of("1", atHour(0)), book.paid());
        assertNothingLeft();
    }

    @Test
    void a_payment_that_fails_is_tried_again_when_the_order_is_visible() throws Exception {
        payments.fail("1", 2);
        send("1");
        advance("59m59s999ms");
        assertEquals(hours(0), payments.attempts("1"));
        advance("1ms");
        assertEquals(hours(0, 1), payments.attempts("1"));
        assertEquals(Map.of(), book.paid());
        advance("1h");
        assertEquals(hours(0, 1, 2), payments.attempts("1"));
        assertEquals(Map.of("1", atHour(2)), book.paid());
        assertNothingLeft();
        advance("96h");
        assertEquals(hours(0, 1, 2), payments.attempts("1"));
        assertEquals(Map.of(), book.givenUp());
    }

    @Test
    void an_order_that_fails_three_times_is_a_dead_letter() throws Exception {
        payments.fail("1", TIMES);
        send("1", "2");
        advance("1h");
        advance("1h");
        advance("59m59s999ms");
        assertEquals(hours(0, 1, 2), payments.attempts("1"));
        assertEquals(Map.of(), book.givenUp());
        assertEquals(1, Emulator.messages("orders", "inactive").size());
        advance("1ms");
        assertEquals(Map.of("1", atHour(3)), book.givenUp());
        assertEquals(hours(0, 1, 2), payments.attempts("1"));
        assertEquals(Map.of("2", atHour(0)), book.paid());
        assertNothingLeft();
    }

    @Test
    void an_order_that_is_sent_twice_is_paid_once() throws Exception {
        send("1", "1");
        send("1");
        assertEquals(hours(0), payments.attempts("1"));
        assertEquals(Map.of("1", atHour(0)), book.paid());
        assertNothingLeft();
    }

    /** It takes an hour to pay it: too long to delete it then, so it is there once more. */
    @Test
    void an_order_that_is_paid_but_not_deleted_is_not_paid_again() throws Exception {
        payments.during(() -> Emulator.advance("1h"));
        send("1");
        assertEquals(hours(0), payments.attempts("1"));
        assertEquals(Map.of("1", atHour(1)), book.paid());
        assertNothingLeft();
        advance("96h");
        assertEquals(hours(0), payments.attempts("1"));
        assertEquals(Map.of(), book.givenUp());
    }

    @Test
    void a_worker_that_is_told_to_stop_finishes_its_order() throws Exception {
        payments.during(() -> {
            new Thread(worker::close).start();
            while (worker.getBean("orders", QueueListener.class).isRunning()) {
                Thread.onSpinWait();
            }
        });
        orders.send(JSON.toJson(new Order("1", 995)));
        Emulator.await(Map.of("queue", "orders", "state", "inactive", "count", Map.of("eq", 0)));
        assertEquals(Map.of("1", atHour(0)), book.paid());
        orders.send(JSON.toJson(new Order("2", 995)));
        stop();
        assertEquals(List.of(), payments.attempts("2"));
        assertEquals(1, Emulator.messages("orders", "active").size());
    }

    /**
     * Ten batches, seven minutes apart. Of the orders in each, number n fails n % 5 times: some
     * are paid by the first, second or third attempt, and two in five never.
     */
    @Test
    void of_many_orders_none_is_lost_and_none_is_paid_twice() throws Exception {
        var ids = new ArrayList<String>();
        for (int batch = 0; batch < 10; batch++) {
            var some = new String[15];
            for (int n = 0; n < some.length; n++) {
                some[n] = batch + "." + n;
                payments.fail(some[n], n % 5);
                ids.add(some[n]);
            }
            advanceByReturns(Duration.ofMinutes(7 * batch));
            send(some);
        }
        advanceByReturns(Duration.ofDays(1));

        int paid = 0;
        for (var id : ids) {
            var sent = Duration.ofMinutes(7 * Long.parseLong(id.split("\\.")[0]));
            int failures = Integer.parseInt(id.split("\\.")[1]) % 5;
            int expected = Math.min(failures + 1, TIMES);
            assertEquals(IntStream.range(0, expected).mapToObj(sent::plusHours).toList(),
                    payments.attempts(id), id);
            boolean pays = failures < TIMES;
            assertEquals(pays ? at(sent.plusHours(failures)) : null, book.paid().get(id), id);
            assertEquals(pays ? null : at(sent.plusHours(TIMES)), book.givenUp().get(id), id);
            paid += pays ? 1 : 0;
        }
        assertEquals(90, paid);
        assertEquals(90, book.paid().size());
        assertEquals(60, book.givenUp().size());
        assertNothingLeft();
    }

    /** To so long after the start, by each instant at which orders are visible again. */
    private static void advanceByReturns(Duration sinceStart) {
        long endMs = Emulator.START_MS + sinceStart.toMillis();
        for (long nextMs = 0; nextMs < endMs;) {
            nextMs = Math.min(nextReturnMs(), endMs);
            Emulator.admin("POST", "clock/advance", Map.of("to", nextMs));
            awaitIdle();
        }
    }

    private static long nextReturnMs() {
        var agenda = "clock/agenda?kind=visible&queue=orders&limit=1";
        var events = Emulator.admin("GET", agenda, Map.of()).getAsJsonArray("events");
        return events.isEmpty() ? Long.MAX_VALUE
                : events.get(0).getAsJsonObject().get("atMs").getAsLong();
    }
}
