import static org.junit.jupiter.api.Assertions.assertEquals;

import com.qcloud.cmq.Queue;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import support.Emulator;

/**
 * What a program sees of a fault that strikes one request, how many requests there were, and what became
 * of the queue.
 *
 * <p>The client calls by OkHttp, which repeats a request, POST or not, when a connection that it has kept
 * from an earlier call ends before the answer has come. The program hears of the second request alone.
 */
class FaultsTest extends Cmq {
    static final Map<String, ?> DROP_REQUEST = Map.of("drop", "request");
    static final Map<String, ?> DROP_ANSWER = Map.of("drop", "answer");

    private Queue queue;

    @BeforeEach
    void make_queue() throws Exception {
        queue = newQueue("orders");
    }

    /** What the program sees: "ok", or the name of an exception. */
    static String outcome(Callable<?> call) {
        try {
            call.call();
            return "ok";
        } catch (Exception failure) {
            return failure.getClass().getSimpleName();
        }
    }

    private void sends(Map<String, ?> fault, String outcome, int requests, List<String> left) {
        Emulator.failOnce("SendMessage", fault);
        assertEquals(outcome, outcome(() -> queue.sendMessage("order")));
        assertEquals(requests, Emulator.requests());
        assertEquals(left, Emulator.bodies("orders"));
    }

    @Test
    void an_error_is_told() {
        sends(Map.of("code", 6000, "message", "server error"), "CMQServerException", 1, List.of());
    }

    /** Which is no CMQException, and is not checked. */
    @Test
    void an_empty_answer_of_status_503_is_a_JSONException() {
        sends(Map.of("status", 503), "JSONException", 1, List.of());
    }

    @Test
    void a_request_that_is_lost_is_sent_again() {
        sends(DROP_REQUEST, "ok", 2, List.of("order"));
    }

    /** One call, one success, two messages. */
    @ParameterizedTest
    @ValueSource(strings = {"POST", "GET"})
    void a_message_whose_answer_is_lost_is_sent_twice(String method) throws Exception {
        queue = account(method, "sha1").getQueue("orders");
        sends(DROP_ANSWER, "ok", 2, List.of("order", "order"));
    }

    /** A receive has a connection of its own. Its message comes again when its visibility timeout ends. */
    @Test
    void a_receive_whose_answer_is_lost_fails() throws Exception {
        queue.send("order");
        Emulator.failOnce("ReceiveMessage", DROP_ANSWER);
        assertEquals("IOException", outcome(() -> queue.receiveMessage(0)));
        assertEquals(1, Emulator.requests());
        noMessage(() -> queue.receiveMessage(0));
        Emulator.advance("30s");
        assertEquals(2, queue.receiveMessage(0).dequeueCount);
    }

    /** The message is gone, and the program is told that it could not be deleted. */
    @Test
    void a_delete_whose_answer_is_lost_fails() throws Exception {
        queue.send("1");
        var handle = queue.receiveMessage(0).receiptHandle;
        Emulator.failOnce("DeleteMessage", DROP_ANSWER);
        assertEquals("CMQServerException", outcome(() -> {
            queue.deleteMessage(handle);
            return null;
        }));
        assertEquals(2, Emulator.requests());
        assertEquals(List.of(), Emulator.messages("orders"));
    }
}
