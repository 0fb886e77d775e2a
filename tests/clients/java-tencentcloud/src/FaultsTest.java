import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import support.Emulator;

/**
 * What the client tells of a fault that strikes one SendCmqMsg, how many requests there were, and what is
 * in the queue then. OkHttp repeats a request, POST or not, when a connection that it has kept ends without
 * an answer; the program hears of the second one alone.
 */
class FaultsTest {
    private final Api api = Api.tdmq(Kind.credential(), Kind.all().findFirst().orElseThrow().profile());

    @BeforeEach
    void restart() throws Exception {
        Emulator.restart();
        api.ok("CreateCmqQueue", "QueueName", "orders");
    }

    /** "ok", or the code of the exception. */
    private String send() throws Exception {
        try {
            api.ok("SendCmqMsg", "QueueName", "orders", "MsgContent", "order", "DelaySeconds", 0);
            return "ok";
        } catch (TencentCloudSDKException failure) {
            return failure.getErrorCode();
        }
    }

    private void sends(Map<String, ?> fault, String told, int requests, List<String> left)
            throws Exception {
        Emulator.failOnce("SendCmqMsg", fault);
        assertEquals(told, send());
        assertEquals(requests, Emulator.requests());
        assertEquals(left, Emulator.bodies("orders"));
    }

    @Test
    void an_error_is_told() throws Exception {
        sends(Map.of("error", "InternalError"), "InternalError", 1, List.of());
    }

    @Test
    void an_empty_answer_of_status_503() throws Exception {
        sends(Map.of("status", 503), "ServerSideError", 1, List.of());
    }

    @Test
    void a_request_that_is_lost_is_sent_again() throws Exception {
        sends(Map.of("drop", "request"), "ok", 2, List.of("order"));
    }

    /** One call, one success, two messages. */
    @Test
    void a_message_whose_answer_is_lost_is_sent_twice() throws Exception {
        sends(Map.of("drop", "answer"), "ok", 2, List.of("order", "order"));
    }
}
