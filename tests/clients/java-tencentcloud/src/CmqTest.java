import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.tencentcloudapi.cmq.v20190304.CmqClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import support.Emulator;

/** The product cmq, version 2019-03-04: all its 17 Actions. Times are seconds. */
class CmqTest extends Products {
    private static Api api(Kind kind) {
        return Api.cmq(Kind.credential(), kind.profile());
    }

    @AfterAll
    static void all_Actions_were_called() {
        assertEquals(Set.of(), Api.uncalled(CmqClient.class, ""));
    }

    /** The one element of a list that a Describe Action answers with. */
    private static JsonObject only(JsonObject answer, String list) {
        assertEquals(1, answer.get("TotalCount").getAsInt());
        assertEquals(1, answer.getAsJsonArray(list).size());
        return answer.getAsJsonArray(list).get(0).getAsJsonObject();
    }

    private static JsonObject queue(Api api, String name) throws Exception {
        return only(api.ok("DescribeQueueDetail", "QueueName", name), "QueueSet");
    }

    private static JsonObject topic(Api api) throws Exception {
        return only(api.ok("DescribeTopicDetail", "TopicName", "news"), "TopicSet");
    }

    private static List<Map<String, Object>> filter(String name, String value) {
        return List.of(Map.of("Name", name, "Values", List.of(value)));
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void a_queue_from_its_creation_to_its_deletion(Kind kind) throws Exception {
        var api = api(kind);
        var attributes = Api.members("QueueName", "life", "MaxMsgHeapNum", 2000000,
                "PollingWaitSeconds", 3, "VisibilityTimeout", 40, "MaxMsgSize", 2048,
                "MsgRetentionSeconds", 7200, "RewindSeconds", 600);
        var id = api.ok("CreateQueue", attributes).get("QueueId").getAsString();
        assertTrue(id.matches("queue-[0-9a-z]{8}"), id);
        api.refused("InvalidParameter", "CreateQueue", "QueueName", "life");
        var made = queue(api, "life");
        Api.has(Api.and(attributes, "QueueId", id, "CreateUin", 100000000001L, "Qps", 5000, "Bps",
                52428800, "MaxDelaySeconds", 3600, "CreateTime", Emulator.START, "LastModifyTime",
                Emulator.START, "ActiveMsgNum", 0, "InactiveMsgNum", 0, "DelayMsgNum", 0,
                "RewindMsgNum", 0, "DeadLetterSource", List.of(), "Tags", List.of()), made);
        assertFalse(made.has("DeadLetterPolicy"));

        Emulator.advance("7s");
        api.done("ModifyQueueAttribute", "QueueName", "life", "VisibilityTimeout", 41);
        Api.has(Api.and(attributes, "VisibilityTimeout", 41, "CreateTime", Emulator.START,
                "LastModifyTime", Emulator.START + 7), queue(api, "life"));
        api.done("DeleteQueue", "QueueName", "life");
        api.refused("ResourceNotFound", "DeleteQueue", "QueueName", "life");
        api.refused("ResourceNotFound", "ModifyQueueAttribute", "QueueName", "life");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void lists_of_queues(Kind kind) throws Exception {
        var api = api(kind);
        for (var name : List.of("list-1", "list-2", "list-3")) {
            api.ok("CreateQueue", "QueueName", name);
        }
        var all = api.ok("DescribeQueueDetail", "Offset", 0, "Limit", 50);
        assertEquals(3, all.get("TotalCount").getAsInt());
        var page = api.ok("DescribeQueueDetail", "Offset", 1, "Limit", 1);
        assertEquals(3, page.get("TotalCount").getAsInt());
        assertEquals(all.getAsJsonArray("QueueSet").get(1), page.getAsJsonArray("QueueSet").get(0));
        var one = api.ok("DescribeQueueDetail", "Filters", filter("QueueName", "list-2"));
        Api.has(Map.of("QueueName", "list-2"), only(one, "QueueSet"));
        api.refused("InvalidParameter", "DescribeQueueDetail", "Limit", 51);
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void a_queue_is_cleared_and_rewound(Kind kind) throws Exception {
        var api = api(kind);
        api.ok("CreateQueue", "QueueName", "clear", "RewindSeconds", 600);
        consume("clear", "r1", "r2");
        Emulator.advance("60s");
        api.done("RewindQueue", "QueueName", "clear", "StartConsumeTime", Emulator.START);
        assertEquals(List.of("r1", "r2"), Emulator.bodies("clear"));
        Api.has(Map.of("ActiveMsgNum", 2, "MinMsgTime", Emulator.START), queue(api, "clear"));
        api.done("ClearQueue", "QueueName", "clear");
        Api.has(Map.of("ActiveMsgNum", 0, "RewindMsgNum", 0), queue(api, "clear"));

        api.done("ModifyQueueAttribute", "QueueName", "clear", "RewindSeconds", 0);
        api.refused("FailedOperation", "RewindQueue", "QueueName", "clear", "StartConsumeTime",
                Emulator.START);
        api.done("DeleteQueue", "QueueName", "clear");
        api.refused("ResourceNotFound", "ClearQueue", "QueueName", "clear");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void dead_letters(Kind kind) throws Exception {
        var api = api(kind);
        var deadId = api.ok("CreateQueue", "QueueName", "dead").get("QueueId").getAsString();
        var id = api.ok("CreateQueue", "QueueName", "source", "VisibilityTimeout", 1,
                "DeadLetterQueueName", "dead", "Policy", 0, "MaxReceiveCount", 1).get("QueueId");
        Api.has(Map.of("DeadLetterQueue", deadId, "DeadLetterQueueName", "dead", "Policy", 0,
                "MaxReceiveCount", 1), queue(api, "source").get("DeadLetterPolicy"));
        var sources = List.of(Map.of("QueueId", id.getAsString(), "QueueName", "source"));
        Api.has(Map.of("DeadLetterSource", sources), queue(api, "dead"));
        Api.has(Map.of("TotalCount", 1, "QueueSet", sources),
                api.ok("DescribeDeadLetterSourceQueues", "DeadLetterQueueName", "dead"));
        Api.has(Map.of("TotalCount", 1), api.ok("DescribeDeadLetterSourceQueues",
                "DeadLetterQueueName", "dead", "Offset", 0, "Limit", 10, "Filters",
                filter("SourceQueueName", "source")));
        api.refused("ResourceInUse", "DeleteQueue", "QueueName", "dead");

        var source = queue("source");
        source.send("once");
        source.receiveMessage();
        Emulator.advance("1s");
        source.send("next");
        assertEquals("next", source.receiveMessage().msgBody);
        assertEquals(List.of("once"), Emulator.bodies("dead"));

        api.done("UnbindDeadLetter", "QueueName", "source");
        assertFalse(queue(api, "source").has("DeadLetterPolicy"));
        Api.has(Map.of("TotalCount", 0, "QueueSet", List.of()),
                api.ok("DescribeDeadLetterSourceQueues", "DeadLetterQueueName", "dead"));
        api.done("DeleteQueue", "QueueName", "dead");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void what_a_queue_cannot_be(Kind kind) throws Exception {
        var api = api(kind);
        api.refused("InvalidParameter", "CreateQueue", "QueueName", "range", "VisibilityTimeout",
                43201);
        api.refused("InvalidParameter", "CreateQueue", "QueueName", "no blank");
        api.refused("MissingParameter", "CreateQueue");
        Api.has(Map.of("TotalCount", 0), api.ok("DescribeQueueDetail"));
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void a_topic_from_its_creation_to_its_deletion(Kind kind) throws Exception {
        var api = api(kind);
        var attributes = Api.members("TopicName", "news", "MaxMsgSize", 2048, "FilterType", 1,
                "MsgRetentionSeconds", 86400);
        var id = api.ok("CreateTopic", attributes).get("TopicId").getAsString();
        assertTrue(id.matches("topic-[0-9a-z]{8}"), id);
        api.refused("ResourceInUse", "CreateTopic", "TopicName", "news");
        Api.has(Api.and(attributes, "TopicId", id, "CreateUin", 100000000001L, "Qps", 5000,
                "MsgCount", 0, "CreateTime", Emulator.START, "LastModifyTime", Emulator.START,
                "Tags", List.of()), topic(api));
        Emulator.advance("3s");
        api.done("ModifyTopicAttribute", "TopicName", "news", "MaxMsgSize", 4096);
        Api.has(Api.and(attributes, "MaxMsgSize", 4096, "CreateTime", Emulator.START,
                "LastModifyTime", Emulator.START + 3), topic(api));
        var filtered = api.ok("DescribeTopicDetail", "Offset", 0, "Limit", 1, "Filters",
                filter("TopicName", "news"));
        assertEquals(topic(api), only(filtered, "TopicSet"));
        api.done("DeleteTopic", "TopicName", "news");
        api.refused("ResourceNotFound", "DeleteTopic", "TopicName", "news");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void a_subscription_from_its_creation_to_its_deletion(Kind kind) throws Exception {
        var api = api(kind);
        Object[] both = { "TopicName", "news", "SubscriptionName", "tags" };
        api.ok("CreateQueue", "QueueName", "inbox");
        api.ok("CreateTopic", "TopicName", "news");
        var id = api.ok("CreateSubscribe", Api.and(Api.members(both), "Protocol", "queue",
                "Endpoint", "inbox", "NotifyStrategy", "BACKOFF_RETRY", "NotifyContentFormat",
                "SIMPLIFIED", "FilterTag", List.of("red", "green"))).get("SubscriptionId");
        assertTrue(id.getAsString().matches("subsc-[0-9a-z]{8}"), id.getAsString());
        api.refused("ResourceInUse", "CreateSubscribe", "TopicName", "news", "SubscriptionName",
                "tags", "Protocol", "queue", "Endpoint", "inbox");
        var attributes = Api.members("SubscriptionName", "tags", "SubscriptionId", id, "TopicOwner",
                1250000000, "Protocol", "queue", "Endpoint", "inbox", "NotifyStrategy",
                "BACKOFF_RETRY", "NotifyContentFormat", "SIMPLIFIED", "FilterTags",
                List.of("red", "green"), "MsgCount", 0, "CreateTime", Emulator.START,
                "LastModifyTime", Emulator.START);
        Api.has(attributes, subscription(api));

        api.done("ModifySubscriptionAttribute", "TopicName", "news", "SubscriptionName", "tags",
                "NotifyStrategy", "EXPONENTIAL_DECAY_RETRY", "FilterTags", List.of("blue"));
        Api.has(Api.and(attributes, "NotifyStrategy", "EXPONENTIAL_DECAY_RETRY", "FilterTags",
                List.of("blue")), subscription(api));
        api.done("ClearSubscriptionFilterTags", both);
        Api.has(Map.of("FilterTags", List.of()), subscription(api));
        api.refused("ResourceInUse", "DeleteTopic", "TopicName", "news");
        api.done("DeleteSubscribe", both);
        api.refused("ResourceNotFound", "DeleteSubscribe", both);
        api.done("DeleteTopic", "TopicName", "news");
    }

    private static JsonObject subscription(Api api) throws Exception {
        return only(api.ok("DescribeSubscriptionDetail", "TopicName", "news", "Offset", 0, "Limit",
                20, "Filters", filter("SubscriptionName", "tags")), "SubscriptionSet");
    }
}
