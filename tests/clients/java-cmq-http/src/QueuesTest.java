import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.qcloud.cmq.CMQClientException;
import com.qcloud.cmq.QueueMeta;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import support.Emulator;

/** CreateQueue, ListQueue, GetQueueAttributes, SetQueueAttributes, DeleteQueue. */
class QueuesTest extends Cmq {
    @Test
    void a_queue_from_its_creation_to_its_deletion() throws Exception {
        var queue = newQueue("life", meta -> {
            meta.maxMsgHeapNum = 2000000;
            meta.pollingWaitSeconds = 3;
            meta.visibilityTimeout = 40;
            meta.maxMsgSize = 2048;
            meta.msgRetentionSeconds = 7200;
            meta.rewindSeconds = 600;
        });
        var made = queue.getQueueAttributes();
        assertEquals(2000000, made.maxMsgHeapNum);
        assertEquals(3, made.pollingWaitSeconds);
        assertEquals(40, made.visibilityTimeout);
        assertEquals(2048, made.maxMsgSize);
        assertEquals(7200, made.msgRetentionSeconds);
        assertEquals(600, made.rewindSeconds);
        assertEquals(Emulator.START, made.createTime);
        assertEquals(Emulator.START, made.lastModifyTime);

        Emulator.advance("7s");
        var change = new QueueMeta();
        change.visibilityTimeout = 43200;
        change.maxMsgSize = 1024;
        change.msgRetentionSeconds = 3600;
        queue.setQueueAttributes(change);
        var changed = queue.getQueueAttributes();
        assertEquals(43200, changed.visibilityTimeout);
        assertEquals(1024, changed.maxMsgSize);
        assertEquals(3600, changed.msgRetentionSeconds);
        assertEquals(2000000, changed.maxMsgHeapNum);
        assertEquals(3, changed.pollingWaitSeconds, "the client does not send 0");
        assertEquals(Emulator.START, changed.createTime);
        assertEquals(Emulator.START + 7, changed.lastModifyTime);

        account.deleteQueue("life");
        refused(4440, NO_QUEUE, queue::getQueueAttributes);
        refused(4440, NO_QUEUE, () -> queue.setQueueAttributes(new QueueMeta()));
        refused(4440, NO_QUEUE, () -> account.deleteQueue("life"));
    }

    @Test
    void what_the_client_does_not_send_has_defaults() throws Exception {
        var made = newQueue("plain").getQueueAttributes();
        assertEquals(100000000, made.maxMsgHeapNum);
        assertEquals(QueueMeta.DEFAULT_POLLING_WAIT_SECONDS, made.pollingWaitSeconds);
        assertEquals(QueueMeta.DEFAULT_VISIBILITY_TIMEOUT, made.visibilityTimeout);
        assertEquals(QueueMeta.DEFAULT_MAX_MSG_SIZE, made.maxMsgSize);
        assertEquals(QueueMeta.DEFAULT_MSG_RETENTION_SECONDS, made.msgRetentionSeconds);
        assertEquals(0, made.rewindSeconds);
    }

    @Test
    void messages_are_counted_by_their_states() throws Exception {
        var queue = newQueue("counts", meta -> meta.rewindSeconds = 600);
        queue.batchSend(List.of("one", "two", "three", "four", "five", "six"));
        queue.batchSend(List.of("later", "later still"), 60);
        Emulator.advance("5s");
        queue.deleteMessage(queue.receiveMessage(0).receiptHandle);
        queue.batchReceiveMessage(2, 0);
        var counted = queue.getQueueAttributes();
        assertEquals(3, counted.activeMsgNum);
        assertEquals(2, counted.inactiveMsgNum);
        assertEquals(2, counted.delayMsgNum);
        assertEquals(1, counted.rewindmsgNum);
        assertEquals(Emulator.START, counted.minMsgTime);
    }

    @Test
    void a_list_by_prefix_counts_all_matches() throws Exception {
        for (var name : List.of("test-one", "test-two", "test-three", "other")) {
            newQueue(name);
        }
        var found = new ArrayList<String>();
        assertEquals(3, account.listQueue("test-", -1, -1, found));
        assertEquals(List.of("test-one", "test-three", "test-two"), sorted(found));

        var page = new ArrayList<String>();
        assertEquals(3, account.listQueue("test-", 0, 2, page));
        assertEquals(2, page.size());
        assertEquals(3, account.listQueue("test-", 2, 2, page));
        assertEquals(sorted(found), sorted(page));

        assertEquals(4, account.listQueue("", -1, -1, new ArrayList<>()));
        for (var name : found) {
            account.deleteQueue(name);
        }
        var gone = new ArrayList<String>();
        assertEquals(0, account.listQueue("test-", -1, -1, gone));
        assertEquals(List.of(), gone);
    }

    @Test
    void what_a_queue_cannot_be() throws Exception {
        newQueue("taken");
        refused(4460, "(10210)queue is already existed", () -> newQueue("taken"));
        refused(4000, "(10020)queue name format error", () -> newQueue("1st"));
        refused(4000, "(10350)parameter visibilityTimeout value or length is out of range",
                () -> newQueue("long", meta -> meta.visibilityTimeout = 43201));
        refused(4000, "(10350)parameter maxMsgSize value or length is out of range",
                () -> newQueue("small", meta -> meta.maxMsgSize = 1023));
        assertEquals(1, account.listQueue("", -1, -1, new ArrayList<>()));
    }

    @Test
    void the_client_sends_no_empty_name() {
        assertThrows(CMQClientException.class, () -> account.createQueue("", new QueueMeta()));
        assertThrows(CMQClientException.class, () -> account.deleteQueue(""));
    }
}
