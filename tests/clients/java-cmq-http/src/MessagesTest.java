import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cmq.CMQClientException;
import com.qcloud.cmq.Message;
import com.qcloud.cmq.entity.CmqResponse;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import support.Emulator;

/** Sending, receiving, deleting, rewinding. */
class MessagesTest extends Cmq {
    static final List<String> BODIES = List.of("plain", "a blank", "a+b c%20d&e=f?g#h;i/j\\k\"l'm",
            "\u961f\u5217\u6d88\u606f \u2013 \u00f1 \ud83d\ude80", "line\nbreak\r\ntab\t end ",
            " *~!()-._ ", "{\"a\":[1,2,{\"b\":null}]}", "@file", "=", "%", "%zz", "&", "+");

    static List<String> bodies(List<Message> messages) {
        return messages.stream().map(each -> each.msgBody).toList();
    }

    static List<String> handles(List<Message> messages) {
        return messages.stream().map(each -> each.receiptHandle).toList();
    }

    @ParameterizedTest
    @MethodSource("accounts")
    void a_body_arrives_as_it_was_sent(String method, String digest) throws Exception {
        newQueue("bodies");
        var queue = account(method, digest).getQueue("bodies");
        for (var body : BODIES) {
            queue.send(body);
            var message = queue.receiveMessage(0);
            assertEquals(body, message.msgBody);
            queue.deleteMessage(message.receiptHandle);
        }
        queue.batchSend(BODIES);
        var received = queue.batchReceiveMessage(16, 0);
        assertEquals(BODIES, bodies(received));
        queue.batchDeleteMessage(handles(received));
        assertEquals(List.of(), Emulator.messages("bodies"));
    }

    @Test
    void a_mebibyte_is_the_most() throws Exception {
        var queue = newQueue("large");
        var body = "\u6587+ %".repeat((1 << 20) / 6) + "1234";
        assertEquals(1 << 20, body.getBytes("UTF-8").length);
        queue.send(body);
        assertEquals(body, queue.receiveMessage(0).msgBody);
        refused(4400, "(10230)exceed maximum message size", () -> queue.send(body + "x"));
        refused(4000, "(10120)message body can't be empty", () -> queue.send(""));
    }

    @Test
    void the_client_gets_no_more_than_two_kibibytes() throws Exception {
        newQueue("short");
        var queue = account("GET", "sha1").getQueue("short");
        assertThrows(CMQClientException.class, () -> queue.send("x".repeat(2048)));
        assertEquals(List.of(), Emulator.messages("short"));
    }

    @Test
    void all_ways_to_send() throws Exception {
        var queue = newQueue("send");
        assertId(queue.sendMessage("1"));
        assertId(queue.sendMessage("2", 0));
        CmqResponse sent = queue.send("3");
        assertId(sent.getMsgId());
        assertId(sent.getRequestId());
        assertEquals(0, sent.getCode());
        assertId(queue.send("4", 0).getMsgId());
        assertEquals(2, queue.batchSendMessage(List.of("5", "6")).size());
        assertEquals(2, queue.batchSendMessage(List.of("7", "8"), 0).size());
        assertEquals(2, queue.batchSend(List.of("9", "10"), 0).size());
        var batch = queue.batchSend(List.of("11", "12"));
        assertEquals(batch.get(0).getRequestId(), batch.get(1).getRequestId());

        var messages = Emulator.messages("send");
        assertEquals(List.of("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"),
                Emulator.bodies("send"));
        var ids = messages.stream().map(each -> each.get("msgId").getAsString()).toList();
        assertEquals(12, new HashSet<>(ids).size());
        assertEquals(ids.get(2), sent.getMsgId());
        assertEquals(ids.subList(10, 12), batch.stream().map(CmqResponse::getMsgId).toList());
    }

    @Test
    void batches_of_one_to_sixteen() throws Exception {
        var queue = newQueue("batch");
        var sixteen = Collections.nCopies(16, "x");
        assertEquals(16, queue.batchSend(sixteen).size());
        assertEquals(16, queue.batchReceiveMessage(16).size());
        assertThrows(CMQClientException.class,
                () -> queue.batchSend(Collections.nCopies(17, "x")));
        refused(4000, "(10350)parameter numOfMsg value or length is out of range",
                () -> queue.batchReceiveMessage(17));
        assertEquals(16, Emulator.messages("batch").size());
    }

    @Test
    void what_a_received_message_tells() throws Exception {
        var queue = newQueue("tells");
        var id = queue.sendMessage("tell");
        Emulator.advance("10s");
        var first = queue.receiveMessage();
        assertEquals(id, first.msgId);
        assertEquals("tell", first.msgBody);
        assertId(first.requestId);
        assertEquals(Emulator.START, first.enqueueTime);
        assertEquals(Emulator.START + 10, first.firstDequeueTime);
        assertEquals(Emulator.START + 40, first.nextVisibleTime);
        assertEquals(1, first.dequeueCount);

        Emulator.advance("29999ms");
        noMessage(() -> queue.receiveMessage());
        Emulator.advance("1ms");
        var second = queue.batchReceiveMessage(1).get(0);
        assertEquals(id, second.msgId);
        assertEquals(Emulator.START, second.enqueueTime);
        assertEquals(Emulator.START + 10, second.firstDequeueTime);
        assertEquals(Emulator.START + 70, second.nextVisibleTime);
        assertEquals(2, second.dequeueCount);
        assertId(second.requestId);

        refused(4430, "(10260)receipt handle is invalid",
                () -> queue.deleteMessage(first.receiptHandle));
        assertId(queue.deleteMessage(second.receiptHandle).getRequestId());
        Emulator.advance("1h");
        noMessage(() -> queue.batchReceiveMessage(16));
    }

    @Test
    void some_of_a_batch_cannot_be_deleted() throws Exception {
        var queue = newQueue("some");
        queue.batchSend(List.of("a", "b"));
        var handles = handles(queue.batchReceiveMessage(2, 0));
        queue.batchDeleteMessage(List.of()); // the client sends nothing
        queue.deleteMessage(handles.get(0));
        refused(6010, "(10150)delete message partially failed",
                () -> queue.batchDeleteMessage(handles));
        assertEquals(List.of(), Emulator.messages("some"));
        refused(6020, "(10290)batch delete message failed",
                () -> queue.batchDeleteMessage(handles));
        refused(4000, "(10470)receiptHandle error", () -> queue.deleteMessage("no handle"));
    }

    @Test
    void a_delayed_message_is_seen_when_its_delay_has_ended() throws Exception {
        var queue = newQueue("delay");
        queue.send("delayed", 12);
        var early = begin(() -> queue.receiveMessage(10));
        Emulator.awaitPolls("delay", 1);
        Emulator.advance("10s");
        noMessage(early);

        var late = begin(() -> queue.receiveMessage(10));
        Emulator.awaitPolls("delay", 1);
        assertEquals(0, Emulator.advance("1999ms").get("released").getAsInt());
        assertEquals(1, Emulator.advance("1ms").get("released").getAsInt());
        var message = late.get();
        assertEquals("delayed", message.msgBody);
        assertEquals(Emulator.START + 12, message.firstDequeueTime);
    }

    @Test
    void each_way_to_send_later() throws Exception {
        var queue = newQueue("later");
        queue.sendMessage("1", 1);
        queue.send("2", 2);
        queue.batchSendMessage(List.of("3", "3"), 3);
        queue.batchSend(List.of("4", "4"), 3600);
        refused(4000, "(10692)delay seconds is out of range",
                () -> queue.send("5", 3601));
        for (var left : List.of(5, 4, 2)) {
            Emulator.advance("1s");
            assertEquals(left, Emulator.messages("later", "delayed").size());
        }
        Emulator.advance("1h");
        assertEquals(List.of("1", "2", "3", "3", "4", "4"), sorted(Emulator.bodies("later")));
    }

    @Test
    void rewinding_brings_deleted_messages_back() throws Exception {
        var queue = newQueue("rewind", meta -> meta.rewindSeconds = 600);
        for (var body : List.of("first", "second")) {
            queue.send(body);
            queue.deleteMessage(queue.receiveMessage(0).receiptHandle);
            Emulator.advance("60s");
        }
        noMessage(() -> queue.receiveMessage(0));
        queue.rewindQueue(0); // the client sends nothing
        noMessage(() -> queue.receiveMessage(0));
        queue.rewindQueue(Emulator.START + 60);
        assertEquals(List.of("second"), bodies(queue.batchReceiveMessage(16, 0)));
        queue.rewindQueue(Emulator.START);
        assertTrue(bodies(queue.batchReceiveMessage(16, 0)).contains("first"));
    }

    @Test
    void a_queue_that_is_not_there() {
        var queue = account.getQueue("nothing");
        refused(4440, NO_QUEUE, () -> queue.send("x"));
        refused(4440, NO_QUEUE, () -> queue.batchSend(List.of("x")));
        refused(4440, NO_QUEUE, () -> queue.receiveMessage());
        refused(4440, NO_QUEUE, () -> queue.batchReceiveMessage(1, 0));
        refused(4440, NO_QUEUE, () -> queue.rewindQueue(1));
    }
}
