import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.tencentcloudapi.tdmq.v20200217.TdmqClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import support.Emulator;

/** The product tdmq, version 2020-02-17: all 21 Actions of CMQ. Times are milliseconds. */
class TdmqTest extends Products {
    private static Api api(Kind kind) {
        return Api.tdmq(Kind.credential(), kind.profile());
    }

    @AfterAll
    static void all_Actions_were_called() {
        assertEquals(Set.of(), Api.uncalled(TdmqClient.class, "Cmq"));
    }

    private static JsonObject queue(Api api, String name) throws Exception {
        return api.ok("DescribeCmqQueueDetail", "QueueName", name).getAsJsonObject("QueueDescribe");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void a_queue_from_its_creation_to_its_deletion(Kind kind) throws Exception {
        var api = api(kind);
        var attributes = Api.members("QueueName", "life_1", "MaxMsgHeapNum", 2000000,
                "PollingWaitSeconds", 3, "VisibilityTimeout", 40, "MaxMsgSize", 2048,
                "MsgRetentionSeconds", 7200, "RewindSeconds", 600);
        var id = api.ok("CreateCmqQueue", attributes).get("QueueId").getAsString();
        assertTrue(id.matches("cmqq-[0-9a-z]{9,12}"), id);
        api.refused("ResourceInUse.Queue", "CreateCmqQueue", "QueueName", "life_1");
        var made = queue(api, "life_1");
        Api.has(Api.and(attributes, "QueueId", id, "Qps", 5000, "Bps", 52428800, "MaxDelaySeconds",
                3600, "ActiveMsgNum", 0, "InactiveMsgNum", 0, "DelayMsgNum", 0, "TenantId",
                "cmq-1250000000", "NamespaceName", "CMQ_QUEUE-life_1", "Status", 1,
                "MaxUnackedMsgNum", 100000, "MaxMsgBacklogSize", 10737418240L, "CreateTime",
                Emulator.START_MS, "LastModifyTime", Emulator.START_MS), made);
        assertFalse(made.has("DeadLetterPolicy"));

        Emulator.advance("7s");
        api.done("ModifyCmqQueueAttribute", "QueueName", "life_1", "VisibilityTimeout", 41);
        Api.has(Api.and(attributes, "VisibilityTimeout", 41, "CreateTime", Emulator.START_MS,
                "LastModifyTime", Emulator.START_MS + 7000), queue(api, "life_1"));
        api.done("DeleteCmqQueue", "QueueName", "life_1");
        api.refused("ResourceNotFound", "DescribeCmqQueueDetail", "QueueName", "life_1");
        api.refused("ResourceNotFound", "DeleteCmqQueue", "QueueName", "life_1");
    }

    private static List<String> names(JsonObject answer) {
        return StreamSupport.stream(answer.getAsJsonArray("QueueList").spliterator(), false)
                .map(each -> each.getAsJsonObject().get("QueueName").getAsString())
                .sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void lists_of_queues_and_their_tags(Kind kind) throws Exception {
        var api = api(kind);
        for (var name : List.of("list-1", "list-2", "list-3")) {
            api.ok("CreateCmqQueue", "QueueName", name, "Tags",
                    List.of(Map.of("TagKey", "key", "TagValue", name)));
        }
        var all = api.ok("DescribeCmqQueues", "QueueName", "list", "Offset", 0, "Limit", 50);
        assertEquals(3, all.get("TotalCount").getAsInt());
        assertEquals(List.of("list-1", "list-2", "list-3"), names(all));
        Api.has(Map.of("Tags", List.of(Map.of("TagKey", "key", "TagValue", "list-2"))),
                queue(api, "list-2"));
        var page = api.ok("DescribeCmqQueues", "QueueNameList", List.of("list-3", "list-1"),
                "Offset", 0, "Limit", 1);
        assertEquals(2, page.get("TotalCount").getAsInt());
        assertEquals(1, page.getAsJsonArray("QueueList").size());
        var tagged = api.ok("DescribeCmqQueues", "IsTagFilter", true, "Filters",
                List.of(Map.of("Name", "tag:key", "Values", List.of("list-3"))));
        assertEquals(List.of("list-3"), names(tagged));
        api.refused("InvalidParameterValue", "DescribeCmqQueues", "Limit", 51);
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void messages_are_sent_cleared_and_rewound(Kind kind) throws Exception {
        var api = api(kind);
        api.ok("CreateCmqQueue", "QueueName", "send", "RewindSeconds", 600);
        for (var body : BODIES) {
            var sent = api.ok("SendCmqMsg", "QueueName", "send", "MsgContent", body,
                    "DelaySeconds", 0);
            assertTrue(sent.get("Result").getAsBoolean());
            assertTrue(sent.get("MsgId").getAsString().matches("[0-9A-F]{30,32}"));
        }
        assertEquals(BODIES, Emulator.bodies("send"));
        api.ok("SendCmqMsg", "QueueName", "send", "MsgContent", "later", "DelaySeconds", 9);
        Api.has(Map.of("ActiveMsgNum", BODIES.size(), "DelayMsgNum", 1), queue(api, "send"));
        api.done("ClearCmqQueue", "QueueName", "send");
        assertEquals(List.of(), Emulator.messages("send"));

        consume("send", "r1", "r2");
        Emulator.advance("60s");
        api.done("RewindCmqQueue", "QueueName", "send", "StartConsumeTime", Emulator.START_MS);
        assertEquals(List.of("r1", "r2"), Emulator.bodies("send"));

        api.done("DeleteCmqQueue", "QueueName", "send");
        api.refused("ResourceNotFound", "SendCmqMsg", "QueueName", "send", "MsgContent", "x",
                "DelaySeconds", 0);
        api.refused("ResourceUnavailable", "RewindCmqQueue", "QueueName", "send",
                "StartConsumeTime", Emulator.START_MS);
        api.refused("ResourceNotFound", "ClearCmqQueue", "QueueName", "send");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void dead_letters(Kind kind) throws Exception {
        var api = api(kind);
        api.ok("CreateCmqQueue", "QueueName", "dead");
        var id = api.ok("CreateCmqQueue", "QueueName", "source", "VisibilityTimeout", 1,
                "DeadLetterQueueName", "dead", "Policy", 0, "MaxReceiveCount", 1).get("QueueId");
        Api.has(Map.of("DeadLetterPolicy", Map.of("DeadLetterQueue", "dead", "Policy", 0,
                "MaxReceiveCount", 1, "MaxTimeToLive", 0)), queue(api, "source"));
        var sources = List.of(Map.of("QueueId", id.getAsString(), "QueueName", "source"));
        Api.has(Map.of("DeadLetterSource", sources), queue(api, "dead"));
        Api.has(Map.of("TotalCount", 1, "QueueSet", sources),
                api.ok("DescribeCmqDeadLetterSourceQueues", "DeadLetterQueueName", "dead",
                        "Limit", 10, "Offset", 0));
        Api.has(Map.of("TotalCount", 0), api.ok("DescribeCmqDeadLetterSourceQueues",
                "DeadLetterQueueName", "dead", "SourceQueueName", "nothing"));

        var source = queue("source");
        source.send("once");
        source.receiveMessage();
        Emulator.advance("1s");
        source.send("next");
        assertEquals("next", source.receiveMessage().msgBody);
        assertEquals(List.of("once"), Emulator.bodies("dead"));

        api.done("UnbindCmqDeadLetter", "SourceQueueName", "source");
        assertFalse(queue(api, "source").has("DeadLetterPolicy"));
        api.done("DeleteCmqQueue", "QueueName", "source");
        api.done("DeleteCmqQueue", "QueueName", "dead");
        api.refused("FailedOperation", "UnbindCmqDeadLetter", "SourceQueueName", "source");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void what_a_queue_cannot_be(Kind kind) throws Exception {
        var api = api(kind);
        api.refused("InvalidParameterValue", "CreateCmqQueue", "QueueName", "range",
                "VisibilityTimeout", 43201);
        api.refused("InvalidParameterValue", "CreateCmqQueue", "QueueName", "no blank");
        api.refused("FailedOperation", "CreateCmqQueue", "QueueName", "range",
                "DeadLetterQueueName", "nothing", "Policy", 0, "MaxReceiveCount", 1);
        api.refused("MissingParameter", "CreateCmqQueue");
        Api.has(Map.of("TotalCount", 0, "QueueList", List.of()), api.ok("DescribeCmqQueues"));
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void a_topic_from_its_creation_to_its_deletion(Kind kind) throws Exception {
        var api = api(kind);
        var attributes = Api.members("TopicName", "news", "MaxMsgSize", 2048, "FilterType", 1,
                "MsgRetentionSeconds", 86400);
        var id = api.ok("CreateCmqTopic", attributes).get("TopicId").getAsString();
        assertTrue(id.matches("cmqt-[0-9a-z]{9,12}"), id);
        api.refused("ResourceInUse.Topic", "CreateCmqTopic", "TopicName", "news");
        Api.has(Api.and(attributes, "TopicId", id, "Qps", 5000, "MsgCount", 0, "TenantId",
                "cmq-1250000000", "NamespaceName", "CMQ_TOPIC-news", "Status", 1,
                "SubscriptionCount", 0, "CreateTime", Emulator.START_MS), topic(api));

        Emulator.advance("3s");
        api.done("ModifyCmqTopicAttribute", "TopicName", "news", "MaxMsgSize", 4096);
        Api.has(Map.of("MaxMsgSize", 4096, "LastModifyTime", Emulator.START_MS + 3000), topic(api));
        var list = api.ok("DescribeCmqTopics", "TopicName", "ew", "Offset", 0, "Limit", 10);
        assertEquals(1, list.get("TotalCount").getAsInt());
        assertEquals(topic(api), list.getAsJsonArray("TopicList").get(0));
        Api.has(Map.of("TotalCount", 0, "TopicList", List.of()),
                api.ok("DescribeCmqTopics", "TopicNameList", List.of("nothing")));

        api.done("DeleteCmqTopic", "TopicName", "news");
        api.refused("ResourceNotFound.Topic", "DescribeCmqTopicDetail", "TopicName", "news");
        api.refused("ResourceNotFound.Topic", "DeleteCmqTopic", "TopicName", "news");
    }

    private static JsonObject topic(Api api) throws Exception {
        return api.ok("DescribeCmqTopicDetail", "TopicName", "news")
                .getAsJsonObject("TopicDescribe");
    }

    private static JsonObject subscription(Api api, Object... query) throws Exception {
        var answer = api.ok("DescribeCmqSubscriptionDetail", query);
        assertEquals(1, answer.get("TotalCount").getAsInt());
        return answer.getAsJsonArray("SubscriptionSet").get(0).getAsJsonObject();
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void subscriptions_and_what_is_published(Kind kind) throws Exception {
        var api = api(kind);
        Object[] both = { "TopicName", "news", "SubscriptionName", "tags" };
        api.ok("CreateCmqQueue", "QueueName", "inbox");
        api.ok("CreateCmqTopic", "TopicName", "news");
        var id = api.ok("CreateCmqSubscribe", Api.and(Api.members(both), "Protocol", "queue",
                "Endpoint", "inbox", "NotifyStrategy", "BACKOFF_RETRY", "NotifyContentFormat",
                "SIMPLIFIED", "FilterTag", List.of("red", "green"))).get("SubscriptionId");
        assertTrue(id.getAsString().matches("subsc-[0-9a-z]{8}"), id.getAsString());
        api.refused("ResourceInUse.Subscription", "CreateCmqSubscribe", "TopicName", "news",
                "SubscriptionName", "tags", "Protocol", "queue", "Endpoint", "inbox");
        var attributes = Api.members("SubscriptionName", "tags", "SubscriptionId", id, "TopicOwner",
                1250000000, "Protocol", "queue", "Endpoint", "inbox", "NotifyStrategy",
                "BACKOFF_RETRY", "NotifyContentFormat", "SIMPLIFIED", "FilterTags",
                List.of("red", "green"), "MsgCount", 0);
        Api.has(attributes, subscription(api, "TopicName", "news", "Offset", 0, "Limit", 20));
        Api.has(attributes, subscription(api, "QueryType", "queue", "QueueName", "inbox"));
        Api.has(attributes, subscription(api, "TopicName", "news", "SubscriptionName", "tag"));
        assertEquals(1, topic(api).get("SubscriptionCount").getAsInt());

        api.done("ModifyCmqSubscriptionAttribute", "TopicName", "news", "SubscriptionName", "tags",
                "NotifyStrategy", "EXPONENTIAL_DECAY_RETRY", "FilterTags", List.of("blue"));
        Api.has(Api.and(attributes, "NotifyStrategy", "EXPONENTIAL_DECAY_RETRY", "FilterTags",
                List.of("blue")), subscription(api, "TopicName", "news"));
        for (var body : BODIES) {
            var published = api.ok("PublishCmqMsg", "TopicName", "news", "MsgContent", body,
                    "MsgTag", List.of("x", "blue"));
            assertTrue(published.get("Result").getAsBoolean());
        }
        assertEquals(BODIES, Emulator.bodies("inbox"));

        api.done("ClearCmqSubscriptionFilterTags", both);
        Api.has(Map.of("FilterTags", List.of()), subscription(api, "TopicName", "news"));
        api.refused("FailedOperation", "DeleteCmqTopic", "TopicName", "news");
        api.done("DeleteCmqSubscribe", both);
        api.refused("ResourceNotFound", "DeleteCmqSubscribe", both);
        api.done("DeleteCmqTopic", "TopicName", "news");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void a_routing_key_is_a_single_tag(Kind kind) throws Exception {
        var api = api(kind);
        api.ok("CreateCmqQueue", "QueueName", "inbox");
        api.ok("CreateCmqTopic", "TopicName", "news", "FilterType", 2);
        api.ok("CreateCmqSubscribe", "TopicName", "news", "SubscriptionName", "keys", "Protocol",
                "queue", "Endpoint", "inbox", "BindingKey", List.of("log.#"));
        Api.has(Map.of("BindingKey", List.of("log.#")), subscription(api, "TopicName", "news"));
        api.ok("PublishCmqMsg", "TopicName", "news", "MsgContent", "k", "MsgTag",
                List.of("log.a.b"));
        assertEquals(List.of("k"), Emulator.bodies("inbox"));
    }
}
