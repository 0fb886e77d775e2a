#include "tests/fuzz/mutation.h"

#include "base/random.h"
#include "tests/fuzz/program.h"

#include <stdlib.h>

/* ---- steps ---- */

enum { LINES_MAX = 512 };

struct lines {
    size_t count;
    struct bytes of[LINES_MAX];
};

struct dice {
    uint64_t state;
};

static size_t below(struct dice *d, size_t bound)
{
    d->state += UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mix64(d->state) % bound);
}

static void split(struct lines *l, struct bytes text)
{
    l->count = 0;
    while (l->count < LINES_MAX / 2 && program_next(&text, &l->of[l->count]))
        l->count++;
}

static void insert(struct lines *l, size_t at, struct bytes line)
{
    if (l->count == LINES_MAX)
        return;
    memmove(&l->of[at + 1], &l->of[at], (l->count++ - at) * sizeof l->of[0]);
    l->of[at] = line;
}

static void take_out(struct lines *l, size_t at, size_t count)
{
    if (count > l->count - at)
        count = l->count - at;
    memmove(&l->of[at], &l->of[at + count], (l->count - at - count) * sizeof l->of[0]);
    l->count -= count;
}

/* Returns the size of what fits. */
static size_t join(const struct lines *l, char *out, size_t most)
{
    size_t size = 0;
    for (size_t i = 0; i < l->count && size + l->of[i].len + 1 <= most; i++) {
        if (l->of[i].len > 0)
            memcpy(out + size, l->of[i].data, l->of[i].len);
        size += l->of[i].len;
        out[size++] = '\n';
    }
    return size;
}

/* ---- templates ---- */

#define V2    "> a POST /v2/index.php\\n\\n"
#define V2_B  "> b POST /v2/index.php\\n\\n"
#define ADMIN "> d "
#define CMQ                                                                                    \
    "> a POST /\\nX-TC-Version: 2019-03-04\\nX-TC-Timestamp: 1577836800\\nX-TC-Region: r\\n"   \
    "Authorization: SKIP\\nContent-Type: application/json\\nX-TC-Action: "
#define TDMQ                                                                                   \
    "> a POST /\\nX-TC-Version: 2020-02-17\\nX-TC-Timestamp: 1577836800\\nX-TC-Region: r\\n"   \
    "Authorization: SKIP\\nContent-Type: application/json\\nX-TC-Action: "

static const char *const templates[] = {
    V2 "Action=CreateQueue&queueName=q",
    V2 "Action=CreateQueue&queueName=r&rewindSeconds=600&visibilityTimeout=5&"
       "pollingWaitSeconds=10",
    V2 "Action=CreateQueue&queueName=d&"
       "deadLetterPolicy.deadLetterQueue=q&deadLetterPolicy.policy=0&"
       "deadLetterPolicy.maxReceiveCount=2",
    V2 "Action=DeleteQueue&queueName=q",
    V2 "Action=SetQueueAttributes&queueName=q&msgRetentionSeconds=60&maxMsgHeapNum=1000000",
    V2 "Action=SendMessage&queueName=q&msgBody=hello",
    V2 "Action=SendMessage&queueName=q&msgBody=later&delaySeconds=60",
    V2 "Action=BatchSendMessage&queueName=q&msgBody.1=a&msgBody.2=b&msgBody.3=c",
    V2 "Action=ReceiveMessage&queueName=q",
    V2_B "Action=ReceiveMessage&queueName=q&pollingWaitSeconds=30",
    "> c POST /v2/index.php\\n\\nAction=BatchReceiveMessage&queueName=q&numOfMsg=16&"
    "pollingWaitSeconds=5",
    "g c POST /v2/index.php\\n\\nAction=ReceiveMessage&queueName=q",
    V2 "Action=DeleteMessage&queueName=q&receiptHandle=$1",
    V2 "Action=BatchDeleteMessage&queueName=q&receiptHandle.0=$1&receiptHandle.1=$3",
    V2 "Action=ClearQueue&queueName=q",
    V2 "Action=RewindQueue&queueName=r&startConsumeTime=1577836800",
    V2 "Action=ListQueue&limit=2",
    V2 "Action=GetQueueAttributes&queueName=q",
    V2 "Action=UnbindDeadLetter&queueName=d",
    V2 "Action=CreateTopic&topicName=t",
    V2 "Action=CreateTopic&topicName=u&filterType=2",
    V2 "Action=DeleteTopic&topicName=t",
    V2 "Action=Subscribe&topicName=t&subscriptionName=s&protocol=queue&endpoint=q",
    V2 "Action=Subscribe&topicName=t&subscriptionName=h&protocol=http&"
       "endpoint=http://127.0.0.1:9267/_emulator/sink/a&notifyStrategy=EXPONENTIAL_DECAY_RETRY",
    V2
    "Action=Subscribe&topicName=t&subscriptionName=i&protocol=http&endpoint=http://x.example/a&"
    "notifyStrategy=BACKOFF_RETRY",
    V2 "Action=Subscribe&topicName=u&subscriptionName=s&protocol=queue&endpoint=q&bindingKey.1="
       "a.*",
    V2 "Action=Unsubscribe&topicName=t&subscriptionName=h",
    V2 "Action=SetSubscriptionAttributes&topicName=t&subscriptionName=h&"
       "notifyStrategy=BACKOFF_RETRY",
    V2 "Action=ClearSubscriptionFilterTags&topicName=t&subscriptionName=s",
    V2 "Action=PublishMessage&topicName=t&msgBody=news",
    V2 "Action=PublishMessage&topicName=u&msgBody=news&routingKey=a.b",
    V2 "Action=BatchPublishMessage&topicName=t&msgBody.1=n1&msgBody.2=n2&msgTag.1=x",
    CMQ "CreateQueue\\n\\n{\"QueueName\":\"q\"}",
    CMQ "DescribeQueueDetail\\n\\n{\"Limit\":5}",
    CMQ "RewindQueue\\n\\n{\"QueueName\":\"r\",\"StartConsumeTime\":1577836800}",
    TDMQ "CreateCmqQueue\\n\\n{\"QueueName\":\"q\",\"DeadLetterQueueName\":\"r\",\"Policy\":0,"
         "\"MaxReceiveCount\":1}",
    TDMQ "SendCmqMsg\\n\\n{\"QueueName\":\"q\",\"MsgContent\":\"x\",\"DelaySeconds\":0}",
    TDMQ "PublishCmqMsg\\n\\n{\"TopicName\":\"t\",\"MsgContent\":\"x\",\"MsgTag\":[\"a\"]}",
    TDMQ "DeleteCmqQueue\\n\\n{\"QueueName\":\"q\"}",
    TDMQ "CreateCmqSubscribe\\n\\n{\"TopicName\":\"t\",\"SubscriptionName\":\"s\",\"Protocol\":"
         "\"queue\",\"Endpoint\":\"q\"}",
    ADMIN "POST /_emulator/clock/freeze",
    ADMIN "POST /_emulator/clock/auto",
    ADMIN "POST /_emulator/clock/resume",
    ADMIN "POST /_emulator/clock/reset",
    ADMIN "POST /_emulator/clock/advance?by=1h",
    ADMIN "POST /_emulator/clock/advance?by=30s",
    ADMIN "POST /_emulator/clock/step?events=1",
    ADMIN "POST "
          "/_emulator/clock/"
          "run\\n\\n{\"until\":{\"queue\":\"q\",\"state\":\"active\",\"count\":{\"eq\":0}},"
          "\"span\":\"1d\",\"limit\":100}",
    ADMIN "POST /_emulator/clock/holds",
    ADMIN "DELETE /_emulator/clock/holds/1",
    "> e POST "
    "/_emulator/"
    "await\\n\\n{\"until\":{\"queue\":\"q\",\"state\":\"active\",\"count\":{\"ge\":1}},"
    "\"timeout\":\"1m\"}",
    "p f POST /_emulator/clock/advance?by=1m",
    ADMIN "GET /_emulator/clock/agenda",
    ADMIN "GET /_emulator/clock/agenda?from=0&edges=0,1893456000000,253402300799999",
    ADMIN "GET /_emulator/events",
    ADMIN "GET /_emulator/clock",
    ADMIN "GET /_emulator/queues/q/messages?limit=3",
    ADMIN "POST /_emulator/reset",
    ADMIN "POST /_emulator/reset?what=messages",
    ADMIN "POST /_emulator/namespaces\\n\\n{\"name\":\"n\",\"clock\":{\"mode\":\"frozen\"}}",
    ADMIN "DELETE /_emulator/namespaces/n",
    ADMIN "PUT /_emulator/sink/a?status=503&times=2",
    ADMIN "PUT /_emulator/sink/a?delay=1s",
    ADMIN "GET /_emulator/sink/a",
    "> f POST /_emulator/sink/a\\n\\nx",
    ADMIN "GET /metrics",
    ADMIN "POST /_emulator/faults\\n\\n{\"fault\":{\"drop\":\"answer\"},\"times\":2}",
    ADMIN "POST /_emulator/faults\\n\\n{\"queue\":\"q\",\"fault\":{\"delay\":\"2s\"}}",
    ADMIN "POST /_emulator/faults\\n\\n{\"fault\":{\"realDelay\":\"1s\"},\"probability\":0.5}",
    ADMIN
    "POST /_emulator/faults\\n\\n{\"action\":\"ReceiveMessage\",\"fault\":{\"duplicate\":1}}",
    ADMIN
    "POST /_emulator/faults\\n\\n{\"action\":\"ReceiveMessage\",\"fault\":{\"shuffle\":16}}",
    ADMIN
    "POST /_emulator/faults\\n\\n{\"topic\":\"t\",\"fault\":{\"push\":{\"delay\":\"1s\"}}}",
    ADMIN "DELETE /_emulator/faults",
    ADMIN "POST /_emulator/snapshots?name=a",
    ADMIN "GET /_emulator/snapshots/a",
    ADMIN "POST /_emulator/snapshots/a/restore",
    ADMIN "POST /_emulator/namespaces\\n\\n{\"name\":\"n\",\"from\":\"a\"}",
    ADMIN "DELETE /_emulator/snapshots/a",
    ADMIN "GET /_emulator/messages/$1",
    ADMIN "POST "
          "/_emulator/journal/"
          "verify\\n\\n{\"where\":{\"action\":\"DeleteMessage\"},\"count\":{\"eq\":1}}",
    "> e GET /_emulator/journal?after=3&timeout=1m",
    ADMIN "DELETE /_emulator/journal",
    "! b",
    "! d",
    "? b",
    "? e",
    "l d",
    "r d",
    "+ 1000",
    "+ 3600000",
    "w 86400000",
    "t",
    "= 0 200",
    "= 0 503",
    "= 1 0",
    "s",
    "m",
    "i",
    "z",
    "u 1",
    "u 30",
    "u 0",
    "c",
    "c",
};

static const char *const values[] = {
    "0",          "1",          "-1",
    "16",         "30",         "65535",
    "1048576",    "4294967295", "9999999999999",
    "q",          "r",          "d",
    "t",          "u",          "s",
    "h",          "n",          "default",
    "$0",         "$1",         "$2",
    "$3",         "$9",         "$f",
    "",           "true",       "1h",
    "15d",        "2",          "5",
    "1577836800", "a.*.#",      "%00%ff",
    "null",       "[]",         "{}",
};

/* ---- within a step ---- */

static bool ends_value(char c)
{
    return strchr("&=?,:{}[]\"\\ ", c) != NULL;
}

/* Another value in the place of one: what stands between two of these characters. */
static size_t replace_value(struct bytes line, char *out, size_t most, struct dice *d)
{
    size_t from = below(d, line.len + 1), to;
    struct bytes value = bytes_of(values[below(d, sizeof values / sizeof values[0])]);
    while (from > 0 && !ends_value(line.data[from - 1]))
        from--;
    for (to = from; to < line.len && !ends_value(line.data[to]);)
        to++;
    if (from + value.len + line.len - to > most)
        return 0;
    memcpy(out, line.data, from);
    memcpy(out + from, value.data, value.len);
    memcpy(out + from + value.len, line.data + to, line.len - to);
    return from + value.len + line.len - to;
}

static size_t replace_bytes(struct bytes line, char *out, size_t most)
{
    if (line.len > most || LLVMFuzzerMutate == NULL)
        return 0;
    memcpy(out, line.data, line.len);
    return LLVMFuzzerMutate((uint8_t *)out, line.len, most);
}

/* Line breaks would cut it. */
static void keep_one_line(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n')
            text[i] = ' ';
}

/* ---- the whole ---- */

enum { CHANGED_MAX = 4096 };

static void change_line(struct lines *l, char changed[CHANGED_MAX], struct dice *d)
{
    struct bytes *line = &l->of[below(d, l->count)];
    if (line->len == 0)
        return;
    size_t len = below(d, 2) == 0 ? replace_value(*line, changed, CHANGED_MAX, d)
                                  : replace_bytes(*line, changed, CHANGED_MAX);
    keep_one_line(changed, len);
    if (len > 0)
        *line = (struct bytes){changed, len};
}

static void mutate_lines(struct lines *l, char changed[CHANGED_MAX], struct dice *d)
{
    size_t at = below(d, l->count + 1);
    switch (l->count == 0 ? 0 : below(d, 8)) {
    case 0:
    case 1:
        insert(l, at, bytes_of(templates[below(d, sizeof templates / sizeof templates[0])]));
        break;
    case 2:
        insert(l, at, l->of[below(d, l->count)]);
        break;
    case 3:
        take_out(l, below(d, l->count), 1 + below(d, 1 + below(d, 8)));
        break;
    case 4: {
        size_t from = below(d, l->count);
        struct bytes line = l->of[from];
        take_out(l, from, 1);
        insert(l, below(d, l->count + 1), line);
        break;
    }
    default:
        change_line(l, changed, d);
        break;
    }
}

size_t mutate_program(char *text, size_t size, size_t most, unsigned seed)
{
    static struct lines lines;
    static char changed[4][CHANGED_MAX];
    struct dice dice = {seed};
    char *out = malloc(most > 0 ? most : 1);
    if (out == NULL)
        return size;
    split(&lines, (struct bytes){text, size});
    size_t times = 1 + below(&dice, 4);
    for (size_t i = 0; i < times; i++)
        mutate_lines(&lines, changed[i], &dice);
    size = join(&lines, out, most);
    memcpy(text, out, size);
    free(out);
    return size;
}

size_t cross_programs(struct bytes a, struct bytes b, char *out, size_t most, unsigned seed)
{
    static struct lines lines, others;
    struct dice dice = {seed};
    split(&lines, a);
    split(&others, b);
    if (others.count > 0) {
        size_t from = below(&dice, others.count), at = below(&dice, lines.count + 1);
        size_t count = 1 + below(&dice, others.count - from);
        for (size_t i = 0; i < count && i < 32; i++)
            insert(&lines, at + i, others.of[from + i]);
    }
    return join(&lines, out, most);
}
