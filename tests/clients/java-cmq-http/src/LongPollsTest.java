import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.qcloud.cmq.Message;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import support.Emulator;

/** Receiving in one thread, while time moves in another. */
class LongPollsTest extends Cmq {
    private static int advance(String by) {
        return Emulator.advance(by).get("released").getAsInt();
    }

    private <T> Future<T> parked(String queue, Callable<T> call) {
        var poll = begin(call);
        Emulator.awaitPolls(queue, 1);
        return poll;
    }

    @Test
    void a_poll_ends_when_its_wait_has_passed() throws Exception {
        var queue = newQueue("jobs");
        var poll = parked("jobs", () -> queue.receiveMessage(3));
        assertEquals(0, advance("2999ms"));
        assertEquals(1, advance("1ms"));
        noMessage(poll);
        var batch = parked("jobs", () -> queue.batchReceiveMessage(16, 30));
        assertEquals(0, advance("29999ms"));
        assertEquals(1, advance("1ms"));
        noMessage(batch);
    }

    @Test
    void a_poll_without_a_wait_has_that_of_the_queue() throws Exception {
        var queue = newQueue("jobs", meta -> meta.pollingWaitSeconds = 20);
        var poll = parked("jobs", () -> queue.receiveMessage());
        assertEquals(0, advance("15s"));
        assertEquals(0, advance("4999ms"));
        assertEquals(1, advance("1ms"));
        noMessage(poll);
        var batch = parked("jobs", () -> queue.batchReceiveMessage(16));
        assertEquals(1, advance("20s"));
        noMessage(batch);
        noMessage(() -> queue.receiveMessage(0));
    }

    @Test
    void a_message_that_is_sent_meanwhile_arrives_at_once() throws Exception {
        var queue = newQueue("jobs");
        var poll = parked("jobs", () -> queue.receiveMessage(5));
        advance("2s");
        queue.send("wake up");
        Message message = poll.get();
        assertEquals("wake up", message.msgBody);
        assertEquals(Emulator.START + 2, message.enqueueTime);
        assertEquals(2000, Emulator.elapsedMs());
        var batch = parked("jobs", () -> queue.batchReceiveMessage(16, 5));
        queue.batchSend(List.of("one", "two"));
        assertEquals(2, batch.get().size());
    }

    /** What the client makes of a negative wait: 30000 seconds; they are taken for 30. */
    @Test
    void a_negative_wait_is_the_longest() throws Exception {
        var queue = newQueue("jobs");
        var poll = parked("jobs", () -> queue.receiveMessage(-1));
        assertEquals(0, advance("29999ms"));
        assertEquals(1, advance("1ms"));
        noMessage(poll);
        var batch = parked("jobs", () -> queue.batchReceiveMessage(1, -1));
        queue.send("for the batch");
        assertEquals("for the batch", batch.get().get(0).msgBody);
    }

    /**
     * The client gives up before the poll ends, and the emulator must notice: the message is for
     * the next poll. The client waits for its time-out and the wait together, so it is negative.
     */
    @Test
    void a_client_that_has_given_up_gets_nothing() throws Exception {
        var queue = newQueue("jobs");
        var hasty = account(config -> config.setReadTimeout(200 - 20000)).getQueue("jobs");
        var abandoned = begin(() -> hasty.receiveMessage(20));
        var failure = assertThrows(ExecutionException.class, abandoned::get);
        assertInstanceOf(SocketTimeoutException.class, failure.getCause());

        Emulator.awaitPolls("jobs", 0);
        var poll = parked("jobs", () -> queue.receiveMessage(5));
        advance("2s");
        queue.send("for the living");
        var message = poll.get();
        assertEquals("for the living", message.msgBody);
        assertEquals(1, message.dequeueCount);
        var last = parked("jobs", () -> queue.receiveMessage(3));
        assertEquals(0, advance("2500ms"));
        assertFalse(last.isDone());
        assertEquals(1, advance("500ms"));
        noMessage(last);
    }

    @Test
    void a_poll_on_a_queue_that_is_deleted() throws Exception {
        var queue = newQueue("jobs");
        var poll = parked("jobs", () -> queue.receiveMessage(30));
        account.deleteQueue("jobs");
        refused(4440, NO_QUEUE, poll);
    }

    @Test
    void polls_are_served_in_the_order_of_their_arrival() throws Exception {
        var queue = newQueue("jobs");
        var first = begin(() -> queue.receiveMessage(30));
        Emulator.awaitPolls("jobs", 1);
        var second = begin(() -> queue.receiveMessage(30));
        Emulator.awaitPolls("jobs", 2);
        queue.send("1");
        queue.send("2");
        assertEquals("1", first.get().msgBody);
        assertEquals("2", second.get().msgBody);
    }
}
