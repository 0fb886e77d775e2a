import static org.junit.jupiter.api.Assertions.assertEquals;

import com.qcloud.cmq.Account;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import support.Emulator;

/** The client goes to the cloud's own host names, and finds the emulator as its proxy. */
class CloudTest extends Cmq {
    private static Account cloud(String endpoint, String method) {
        return account(config -> {
            config.setEndpoint(endpoint);
            config.setMethod(method);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "https://cmq-queue-gz.api.qcloud.com, POST",
        "https://cmq-queue-gz.api.qcloud.com, GET",
        "http://cmq-queue-gz.api.qcloud.com, POST",
        "http://cmq-queue-gz.api.tencentyun.com, GET",
        "https://cmq-gz.public.tencenttdmq.com, POST",
    })
    void queues(String endpoint, String method) throws Exception {
        newQueue("jobs");
        var queue = cloud(endpoint, method).getQueue("jobs");
        for (var body : MessagesTest.BODIES) {
            queue.send(body);
        }
        assertEquals(MessagesTest.BODIES, Emulator.bodies("jobs"));
        var received = queue.batchReceiveMessage(16);
        assertEquals(MessagesTest.BODIES, MessagesTest.bodies(received));
        queue.batchDeleteMessage(MessagesTest.handles(received));
        var poll = begin(() -> queue.receiveMessage(10));
        Emulator.awaitPolls("jobs", 1);
        Emulator.advance("10s");
        noMessage(poll);
    }

    @ParameterizedTest
    @CsvSource({
        "https://cmq-topic-gz.api.qcloud.com, POST",
        "http://cmq-topic-gz.api.tencentyun.com, GET",
    })
    void topics(String endpoint, String method) throws Exception {
        newQueue("inbox");
        var cloud = cloud(endpoint, method);
        cloud.createTopic("news", 1024);
        cloud.createSubscribe("news", "inbox", "inbox", "queue");
        cloud.getTopic("news").publishMessage("hello");
        assertEquals(List.of("hello"), Emulator.bodies("inbox"));
    }
}
