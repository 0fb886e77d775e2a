import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import com.qcloud.cmq.CMQClientException;
import com.qcloud.cmq.SubscriptionMeta;
import com.qcloud.cmq.Topic;
import com.qcloud.cmq.TopicMeta;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Vector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import support.Emulator;

/** Topics, subscriptions, publishing. */
class TopicsTest extends Cmq {
    private static final String UNMATCHED =
            "(10730)no bindingKey or filterTag matches the routingKey or msgTag";
    private static final String LONELY = "(10650)topic has no subscription, "
            + "please create a subscription before publishing message";
    private static final String IN_USE = "(10540)there exists subscriptions under this topic, "
            + "please unsubscribe all of them before DeleteTopic";
    private static final String NO_SUBSCRIPTION = "(10560)subscription is not existed";
    private static final int TAGS = 1;
    private static final int KEYS = 2;

    private Topic newTopic(String name, int filterType) throws Exception {
        account.createTopic(name, 65536, filterType);
        return account.getTopic(name);
    }

    private void subscribe(String topic, String name, List<String> tags, List<String> keys)
            throws Exception {
        newQueue(name);
        account.createSubscribe(topic, name, name, "queue", tags, keys, "BACKOFF_RETRY",
                "SIMPLIFIED");
    }

    @Test
    void a_topic_from_its_creation_to_its_deletion() throws Exception {
        account.createTopic("news", 1 << 20);
        var topic = account.getTopic("news");
        TopicMeta made = topic.getTopicAttributes();
        assertEquals(1 << 20, made.maxMsgSize);
        assertEquals(TAGS, made.filterType);
        assertEquals(86400, made.msgRetentionSeconds);
        assertEquals(0, made.msgCount);
        assertEquals(Emulator.START, made.createTime);
        assertEquals(Emulator.START, made.lastModifyTime);

        Emulator.advance("3s");
        topic.setTopicAttributes(1 << 10);
        var changed = topic.getTopicAttributes();
        assertEquals(1 << 10, changed.maxMsgSize);
        assertEquals(Emulator.START, changed.createTime);
        assertEquals(Emulator.START + 3, changed.lastModifyTime);

        assertEquals(KEYS, newTopic("keys", KEYS).getTopicAttributes().filterType);
        refused(4460, "(10550)topic is already existed", () -> account.createTopic("news", 1024));
        refused(4000, "(10590)topic name format error", () -> account.createTopic("1st", 1024));
        account.deleteTopic("news");
        refused(4440, NO_TOPIC, topic::getTopicAttributes);
        refused(4440, NO_TOPIC, () -> topic.setTopicAttributes(1024));
        refused(4440, NO_TOPIC, () -> account.deleteTopic("news"));
    }

    @Test
    void a_list_by_prefix_counts_all_matches() throws Exception {
        for (var name : List.of("test-one", "test-two", "test-three", "other")) {
            account.createTopic(name, 1024);
        }
        var found = new ArrayList<String>();
        assertEquals(3, account.listTopic("test-", found, -1, -1));
        assertEquals(List.of("test-one", "test-three", "test-two"), sorted(found));
        var page = new ArrayList<String>();
        assertEquals(3, account.listTopic("test-", page, 0, 2));
        assertEquals(2, page.size());
        var rest = new ArrayList<String>();
        assertEquals(3, account.listTopic("test-", rest, 2, 2));
        assertEquals(1, rest.size());
        assertEquals(4, account.listTopic("", new ArrayList<>(), -1, -1));
        assertEquals(0, account.listTopic("nothing", new ArrayList<>(), -1, -1));
    }

    @Test
    void a_subscription_from_its_creation_to_its_deletion() throws Exception {
        newTopic("news", TAGS);
        subscribe("news", "inbox", List.of("red", "green"), null);
        var subscription = account.getSubscription("news", "inbox");
        var made = subscription.getSubscriptionAttributes();
        assertEquals("inbox", made.Endpoint);
        assertEquals("queue", made.Protocal);
        assertEquals("BACKOFF_RETRY", made.NotifyStrategy);
        assertEquals("SIMPLIFIED", made.NotifyContentFormat);
        assertEquals(List.of("red", "green"), made.FilterTag);
        assertEquals(Emulator.START, made.CreateTime);
        assertEquals(Emulator.START, made.LastModifyTime);
        assertEquals(0, made.msgCount);

        Emulator.advance("4s");
        var change = new SubscriptionMeta();
        change.NotifyStrategy = "EXPONENTIAL_DECAY_RETRY";
        change.FilterTag = new Vector<>(List.of("blue"));
        subscription.SetSubscriptionAttributes(change);
        var changed = subscription.getSubscriptionAttributes();
        assertEquals("EXPONENTIAL_DECAY_RETRY", changed.NotifyStrategy);
        assertEquals(List.of("blue"), changed.FilterTag);
        assertEquals(Emulator.START + 4, changed.LastModifyTime);

        subscription.ClearFilterTags(); // ClearSUbscriptionFIlterTags
        var cleared = subscription.getSubscriptionAttributes().FilterTag;
        assertTrue(cleared == null || cleared.isEmpty());

        refused(4490, "(10470)subscribtion is already existed",
                () -> account.createSubscribe("news", "inbox", "inbox", "queue"));
        refused(4000, IN_USE, () -> account.deleteTopic("news"));
        account.deleteSubscribe("news", "inbox");
        refused(4000, NO_SUBSCRIPTION, subscription::getSubscriptionAttributes);
        refused(4000, NO_SUBSCRIPTION, () -> subscription.SetSubscriptionAttributes(change));
        refused(4000, NO_SUBSCRIPTION, subscription::ClearFilterTags);
        refused(4000, NO_SUBSCRIPTION, () -> account.deleteSubscribe("news", "inbox"));
        account.deleteTopic("news");
    }

    @Test
    void subscriptions_are_listed_also_of_a_deleted_topic() throws Exception {
        var topic = newTopic("news", TAGS);
        for (var name : List.of("in-one", "in-two", "other")) {
            subscribe("news", name, null, null);
        }
        var found = new ArrayList<String>();
        assertEquals(2, topic.ListSubscription(-1, -1, "in-", found));
        assertEquals(List.of("in-one", "in-two"), sorted(found));
        var page = new ArrayList<String>();
        assertEquals(3, topic.ListSubscription(0, 1, "", page));
        assertEquals(1, page.size());
        for (var name : List.of("in-one", "in-two", "other")) {
            account.deleteSubscribe("news", name);
        }
        assertEquals(0, topic.ListSubscription(-1, -1, "", new ArrayList<>()));
        account.deleteTopic("news");
        var gone = new ArrayList<String>();
        assertEquals(0, topic.ListSubscription(-1, -1, "", gone));
        assertEquals(List.of(), gone);
    }

    @Test
    void all_ways_to_publish_by_tags() throws Exception {
        var topic = newTopic("news", TAGS);
        refused(6030, LONELY, () -> topic.publishMessage("nobody"));
        subscribe("news", "all", null, null);
        subscribe("news", "red", List.of("red"), null);
        assertId(topic.publishMessage("1"));
        assertId(topic.publishMessage("2", List.of("red", "x"), null));
        assertId(topic.publishMessage("3", List.of("blue"), ""));
        var ids = topic.batchPublishMessage(List.of("4", "5"));
        assertEquals(2, new HashSet<>(ids).size());
        topic.batchPublishMessage(List.of("6", "7"), List.of("red"), null);
        assertEquals(List.of("1", "2", "3", "4", "5", "6", "7"), Emulator.bodies("all"));
        assertEquals(List.of("2", "6", "7"), Emulator.bodies("red"));
        assertEquals(0, topic.getTopicAttributes().msgCount);
    }

    @Test
    void to_publish_what_matches_nothing_is_an_error() throws Exception {
        var topic = newTopic("news", TAGS);
        subscribe("news", "red", List.of("red"), null);
        refused(6030, UNMATCHED, () -> topic.publishMessage("x", List.of("blue"), null));
        refused(6030, UNMATCHED,
                () -> topic.batchPublishMessage(List.of("x", "y"), List.of("blue"), null));
        assertEquals(List.of(), Emulator.messages("red"));
        refused(4440, NO_TOPIC, () -> account.getTopic("nothing").publishMessage("x"));
    }

    @Test
    void a_routing_key_is_matched_word_by_word() throws Exception {
        var topic = newTopic("routes", KEYS);
        subscribe("routes", "every", null, List.of("route.#"));
        subscribe("routes", "one", null, List.of("route.*.end", "other"));
        assertEquals(List.of("route.#"),
                account.getSubscription("routes", "every").getSubscriptionAttributes().bindingKey);
        assertId(topic.publishMessage("single", "route.single"));
        topic.publishMessage("end", "route.x.end");
        assertEquals(2, topic.batchPublishMessage(List.of("a", "b"), "other").size());
        refused(6030, UNMATCHED, () -> topic.publishMessage("x", "unknown"));
        refused(4000, "(10700)parameters lack of routingKey", () -> topic.publishMessage("x"));
        assertEquals(List.of("single", "end"), Emulator.bodies("every"));
        assertEquals(List.of("end", "a", "b"), Emulator.bodies("one"));

        var change = new SubscriptionMeta();
        change.bindingKey = new Vector<>(List.of("third", "*.fourth"));
        account.getSubscription("routes", "one").SetSubscriptionAttributes(change);
        topic.publishMessage("new key", "the.fourth");
        assertEquals(List.of("end", "a", "b", "new key"), Emulator.bodies("one"));
    }

    /** Subscribed as the client does it by default: BACKOFF_RETRY, JSON. */
    @Test
    void a_push_to_an_endpoint() throws Exception {
        var topic = newTopic("news", TAGS);
        account.createSubscribe("news", "hook", Emulator.URL + "/_emulator/sink/hook", "http");
        var made = account.getSubscription("news", "hook").getSubscriptionAttributes();
        assertEquals("http", made.Protocal);
        assertEquals("BACKOFF_RETRY", made.NotifyStrategy);
        assertEquals("JSON", made.NotifyContentFormat);
        var id = topic.publishMessage("pushed + \u961f", List.of("red"), null);
        Emulator.advance("0s");
        var pushes = Emulator.pushes("hook");
        assertEquals(1, pushes.size());
        var text = pushes.get(0).get("body").getAsString();
        var body = JsonParser.parseString(text).getAsJsonObject();
        assertEquals(id, body.get("msgId").getAsString());
        assertEquals("pushed + \u961f", body.get("msgBody").getAsString());
        assertEquals("news", body.get("topicName").getAsString());
        assertEquals("hook", body.get("subscriptionName").getAsString());
    }

    @ParameterizedTest
    @MethodSource("accounts")
    void a_body_arrives_as_it_was_published(String method, String digest) throws Exception {
        newTopic("news", TAGS);
        subscribe("news", "inbox", null, null);
        var topic = account(method, digest).getTopic("news");
        for (var body : MessagesTest.BODIES) {
            topic.publishMessage(body);
        }
        topic.batchPublishMessage(MessagesTest.BODIES);
        var twice = new ArrayList<>(MessagesTest.BODIES);
        twice.addAll(MessagesTest.BODIES);
        assertEquals(twice, Emulator.bodies("inbox"));
    }

    @Test
    void what_the_client_does_not_send() {
        var six = List.of("1", "2", "3", "4", "5", "6");
        assertThrows(CMQClientException.class, () -> account.createTopic("", 1024));
        assertThrows(CMQClientException.class, () -> account.createTopic("small", 1023));
        assertThrows(CMQClientException.class, () -> account.deleteTopic(""));
        assertThrows(CMQClientException.class, () -> account.deleteSubscribe("news", ""));
        assertThrows(CMQClientException.class,
                () -> account.createSubscribe("news", "", "x", "queue"));
        assertThrows(CMQClientException.class,
                () -> account.createSubscribe("news", "s", "x", "queue", six, null, "", ""));
    }
}
