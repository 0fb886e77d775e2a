/* Looking at topics, their subscriptions and pending deliveries, and purging (admin 9.3). */
#include "admin/handling.h"

#include "admin/listing.h"
#include "admin/resources.h"
#include "base/json.h"

static const struct schema_member delivery_members[] = {
    {"msgId", TYPE_ID, .help = "its id"},
    {"state", TYPE_WORD, .choices = "waiting|scheduled|offered|in-flight|landed|ended"},
    {"attempts", TYPE_NUMBER, .help = "made so far"},
    {"nextMs", TYPE_MS, .flags = MEMBER_OR_NULL, .help = "when the next one is due"},
    {"publishMs", TYPE_MS, .help = "when the message was published"},
    {"expireMs", TYPE_MS, .help = "when it will be dropped"},
    {"lastError", TYPE_TEXT, .flags = MEMBER_OPTIONAL,
     .help = "why the last attempt has failed"},
};
static const struct schema delivery_schema =
    SCHEMA("Delivery", "A message on its way to a subscription.", delivery_members);
static const struct schema_member subscription_members[] = {
    {"subscriptionName", TYPE_NAME, .help = "its name"},
    {"subscriptionId", TYPE_TEXT, .help = "its id"},
    {"", TYPE_INCLUDED, .of = &subscription_attributes_schema},
    {"pending", TYPE_NUMBER, .help = "deliveries that have not ended"},
    {"deliveries", TYPE_OBJECT, .flags = MEMBER_LIST | MEMBER_OPTIONAL,
     .help = "the first of them; not in a list of topics", .of = &delivery_schema},
};
static const struct schema subscription_schema =
    SCHEMA("Subscription", "A subscription of a topic.", subscription_members);
static const struct schema_member topic_members[] = {
    {"topicName", TYPE_NAME, .help = "its name"},
    {"topicId", TYPE_TEXT, .help = "its id"},
    {"attributes", TYPE_OBJECT, .help = "as CMQ calls them", .of = &topic_attributes_schema},
    {"messages", TYPE_NUMBER, .help = "that some delivery has not ended of"},
    {"subscriptions", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &subscription_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL,
     .help = "the offset of subscriptions to go on with"},
};
static const struct schema topic_schema =
    SCHEMA("Topic", "A topic with a page of its subscriptions.", topic_members);

static void write_delivery(const struct admin_call *c, const struct delivery *d)
{
    struct buffer *b = c->answer;
    json_open(b, '{');
    json_key_id(b, "msgId", d->publication->id);
    json_key_text(b, "state", delivery_state_name(d));
    json_key_int(b, "attempts", d->attempts);
    write_ms_or_null(b, "nextMs", d->state == DELIVERY_SCHEDULED, d->next.node.due_ms);
    json_key_int(b, "publishMs", d->publication->published_ms);
    json_key_int(b, "expireMs", d->publication->expiry.node.due_ms);
    write_push_error(b, "lastError", delivery_last(d), c->name_error);
    json_close(b, '}');
}

/* As many as the page has place for: it is that of the subscriptions. */
static void write_deliveries(const struct admin_call *c, const struct subscription *s,
                             int64_t limit, const struct listing *page)
{
    struct buffer *b = c->answer;
    json_key(b, "deliveries");
    json_open(b, '[');
    for (struct list_node *l = s->pending.next; l != &s->pending && limit-- > 0; l = l->next)
        if (!listing_has_no_room(page))
            write_delivery(c, CONTAINER_OF(l, const struct delivery, link));
    json_close(b, ']');
}

/* The limit is of deliveries; without a list of them if it is negative. */
static void write_subscription(const struct admin_call *c, const struct subscription *s,
                               int64_t limit, const struct listing *page)
{
    struct buffer *b = c->answer;
    struct attributes attributes;
    attributes_of_subscription(&attributes, s);
    json_open(b, '{');
    json_key_text(b, "subscriptionName", s->name);
    json_key_text(b, "subscriptionId", s->id);
    resource_write_attributes(b, &attributes);
    json_key_int(b, "pending", (int64_t)s->pending_count);
    if (limit >= 0)
        write_deliveries(c, s, limit, page);
    json_close(b, '}');
}

/* With one page of its subscriptions. */
static void write_topic(const struct admin_call *c, const struct topic *t,
                        const struct argument_value page[2], int64_t limit)
{
    struct buffer *b = c->answer;
    struct attributes attributes;
    struct listing l;
    attributes_of_topic(&attributes, t);
    json_key_text(b, "topicName", t->name);
    json_key_text(b, "topicId", t->id);
    json_key(b, "attributes");
    json_open(b, '{');
    resource_write_attributes(b, &attributes);
    json_close(b, '}');
    json_key_int(b, "messages", (int64_t)t->publication_count);
    listing_begin(&l, b, "subscriptions", page);
    for (struct subscription *s = NULL; !listing_is_full(&l);) {
        s = engine_next_subscription(t, s);
        if (s == NULL)
            break;
        if (listing_takes(&l))
            write_subscription(c, s, limit, &l);
    }
    listing_end(&l, (int64_t)t->subscription_count);
}

static const struct schema_member topics_members[] = {
    {"topics", TYPE_OBJECT, .flags = MEMBER_LIST, .of = &topic_schema},
    {"next", TYPE_NUMBER, .flags = MEMBER_OPTIONAL, .help = "the offset to go on with"},
    {"total", TYPE_NUMBER, .help = "all there are, or that are asked for"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema topics_answer =
    SCHEMA("Topics", "A page of topics.", topics_members);
static const struct argument topics_arguments[] = {
    LISTING_OFFSET, LISTING_LIMIT(LISTING_MOST, "1000"), LISTING_SEARCH};

static bool do_topics(struct handling *h)
{
    static const struct argument_value all[2] = {{.number = 0}, {.number = LISTING_MOST}};
    struct buffer *b = h->call->answer;
    const struct argument_value *search = &h->values[2];
    int64_t total = search->given ? 0 : (int64_t)engine_topic_count(h->ns->engine);
    struct listing l;
    listing_begin(&l, b, "topics", h->values);
    for (struct topic *t = NULL; search->given || !listing_is_full(&l);) {
        t = engine_next_topic(h->ns->engine, t);
        if (t == NULL)
            break;
        if (!listing_asks_for(search, t->name))
            continue;
        total += search->given;
        if (listing_is_full(&l) || !listing_takes(&l))
            continue;
        json_open(b, '{');
        write_topic(h->call, t, all, -1);
        json_close(b, '}');
    }
    listing_end(&l, total);
    json_key_int(b, "total", total);
    write_time(b, h->ns);
    return true;
}

/* The topic that the path names; NULL, with the mistake set, if there is none. */
static struct topic *find_topic(struct handling *h)
{
    struct topic *t = engine_find_topic(h->ns->engine, h->name);
    if (t == NULL)
        mistake_set(&h->call->mistake, STATUS_NOT_FOUND, "no-such-topic", "",
                    "there is no topic %.*s in namespace %s", (int)h->name.len, h->name.data,
                    h->ns->name);
    return t;
}

static const struct argument topic_argument = {"topic", ARGUMENT_NAME,
                                               .help = "the name of a topic"};
static const struct schema_member one_topic_members[] = {
    {"", TYPE_INCLUDED, .of = &topic_schema},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema topic_answer =
    SCHEMA("TopicAnswer", "A topic, at an instant.", one_topic_members);

/* The limit is one of deliveries: there is none of subscriptions. */
static const struct argument topic_arguments[] = {
    {"limit", ARGUMENT_NUMBER, .min = 0, .max = 10000, .otherwise = "100",
     .help = "how many deliveries of each are shown"},
    LISTING_OFFSET,
};

static bool do_topic(struct handling *h)
{
    struct topic *t = find_topic(h);
    if (t == NULL)
        return false;
    const struct argument_value page[2] = {h->values[1], {.number = LISTING_MOST}};
    write_topic(h->call, t, page, h->values[0].number);
    write_time(h->call->answer, h->ns);
    return true;
}

static const struct schema_member purged_members[] = {
    {"topicName", TYPE_NAME, .help = "its name"},
    {"purged", TYPE_NUMBER, .help = "how many deliveries were pending"},
    {"", TYPE_INCLUDED, .of = &time_schema},
};
static const struct schema purged_answer =
    SCHEMA("PurgedTopic", "A topic that was emptied.", purged_members);

static bool do_purge(struct handling *h)
{
    struct buffer *b = h->call->answer;
    struct topic *t = find_topic(h);
    if (t == NULL)
        return false;
    json_key_text(b, "topicName", t->name);
    json_key_int(b, "purged", (int64_t)engine_purge_topic(h->ns->engine, t));
    write_time(b, h->ns);
    return true;
}

/* clang-format off */
const struct route topic_routes[] = {
    { "GET",    "/_emulator/topics",            topics_arguments, COUNT(topics_arguments), 0, do_topics, "lists topics", .answer = &topics_answer },
    { "GET",    "/_emulator/topics/*",          topic_arguments, COUNT(topic_arguments), 0, do_topic, "shows a topic with what is pending for its subscriptions", .answer = &topic_answer, .mistakes = {"no-such-topic"}, .named = &topic_argument },
    { "DELETE", "/_emulator/topics/*/messages", NULL,            0,                      0, do_purge, "drops what a topic has pending", .answer = &purged_answer, .mistakes = {"no-such-topic"}, .named = &topic_argument },
    { .method = NULL },
};
/* clang-format on */
