package gotencentcloud

import (
	"testing"

	cmq "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/cmq/v20190304"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
)

// TestCmq calls all 17 Actions of the product cmq, version 2019-03-04 (api3 7).
func TestCmq(t *testing.T) {
	for _, k := range kinds {
		client := cmqClient(k, credential())
		check(t, k.label+": a queue from its creation to its deletion",
			func(t *testing.T) { cmqQueueLife(t, client, k.label+"-life") })
		check(t, k.label+": lists of queues",
			func(t *testing.T) { cmqLists(t, client, k.label+"-list") })
		check(t, k.label+": a queue is cleared, and rewound",
			func(t *testing.T) { cmqRewind(t, client, k.label+"-clear") })
		check(t, k.label+": dead letters",
			func(t *testing.T) { cmqDeadLetters(t, client, k.label+"-dead", k.label+"-source") })
		check(t, k.label+": a topic and its attributes",
			func(t *testing.T) { cmqTopic(t, client, k.label+"-topic") })
		check(t, k.label+": subscriptions",
			func(t *testing.T) { cmqSubscriptions(t, client, k.label+"-topic", k.label+"-inbox") })
		check(t, k.label+": a wrong key and unknown ids are refused", func(t *testing.T) {
			for _, wrong := range refusedCredentials {
				client := cmqClient(k, common.NewCredential(wrong.id, wrong.key))
				refused(t, client.CreateQueue, cmqCreate(k.label+"-life"), wrong.code)
			}
		})
	}
	check(t, "all 17 Actions were called", func(t *testing.T) { equal(t, len(called["cmq"]), 17) })
}

func cmqCreate(name string) *cmq.CreateQueueRequest {
	q := cmq.NewCreateQueueRequest()
	q.QueueName = &name
	return q
}

func cmqDelete(name string) *cmq.DeleteQueueRequest {
	q := cmq.NewDeleteQueueRequest()
	q.QueueName = &name
	return q
}

func cmqQueue(t *testing.T, client *cmq.Client, name string) *cmq.QueueSet {
	t.Helper()
	q := cmq.NewDescribeQueueDetailRequest()
	q.QueueName = &name
	answer := ok(t, client.DescribeQueueDetail, q).Response
	if *answer.TotalCount != 1 || len(answer.QueueSet) != 1 {
		t.Fatalf("%d queues %s", *answer.TotalCount, name)
	}
	return answer.QueueSet[0]
}

func cmqQueueLife(t *testing.T, client *cmq.Client, name string) {
	now := nowMs() / 1000
	create := cmqCreate(name)
	create.MaxMsgHeapNum = num(2000000)
	create.PollingWaitSeconds = num(3)
	create.VisibilityTimeout = num(40)
	create.MaxMsgSize = num(2048)
	create.MsgRetentionSeconds = num(7200)
	create.RewindSeconds = num(600)
	id := ok(t, client.CreateQueue, create).Response.QueueId
	like(t, "^queue-[0-9a-z]{8}$", id)
	refused(t, client.CreateQueue, cmqCreate(name), "InvalidParameter")
	has(t, cmqQueue(t, client, name), members{
		"QueueId": id, "QueueName": name, "MaxMsgHeapNum": 2000000, "PollingWaitSeconds": 3,
		"VisibilityTimeout": 40, "MaxMsgSize": 2048, "MsgRetentionSeconds": 7200,
		"RewindSeconds": 600, "CreateUin": 100000000001, "Qps": 5000, "Bps": 52428800,
		"MaxDelaySeconds": 3600, "CreateTime": now, "LastModifyTime": now,
		"ActiveMsgNum": 0, "InactiveMsgNum": 0, "DelayMsgNum": 0, "RewindMsgNum": 0,
		"DeadLetterPolicy": nil,
	})

	advance("7s")
	modify := cmq.NewModifyQueueAttributeRequest()
	modify.QueueName = &name
	modify.VisibilityTimeout = num(41)
	ok(t, client.ModifyQueueAttribute, modify)
	has(t, cmqQueue(t, client, name), members{
		"VisibilityTimeout": 41, "CreateTime": now, "LastModifyTime": now + 7,
	})
	ok(t, client.DeleteQueue, cmqDelete(name))
	refused(t, client.DeleteQueue, cmqDelete(name), "ResourceNotFound")
	large := cmqCreate(name)
	large.VisibilityTimeout = num(43201)
	refused(t, client.CreateQueue, large, "InvalidParameter")
	refused(t, client.CreateQueue, cmqCreate("no blank"), "InvalidParameter")
	refused(t, client.CreateQueue, cmq.NewCreateQueueRequest(), "MissingParameter")
}

func cmqLists(t *testing.T, client *cmq.Client, name string) {
	names := []string{name + "-a", name + "-b", name + "-c"}
	for _, name := range names {
		ok(t, client.CreateQueue, cmqCreate(name))
	}
	q := cmq.NewDescribeQueueDetailRequest()
	q.Offset = num(0)
	q.Limit = num(50)
	all := ok(t, client.DescribeQueueDetail, q).Response
	equal(t, *all.TotalCount, uint64(len(all.QueueSet)))
	q = cmq.NewDescribeQueueDetailRequest()
	q.Offset = num(1)
	q.Limit = num(1)
	page := ok(t, client.DescribeQueueDetail, q).Response
	equal(t, page.TotalCount, all.TotalCount)
	equal(t, page.QueueSet, all.QueueSet[1:2])
	q = cmq.NewDescribeQueueDetailRequest()
	q.Filters = []*cmq.Filter{{Name: str("QueueName"), Values: list(names[2])}}
	one := ok(t, client.DescribeQueueDetail, q).Response
	equal(t, *one.TotalCount, uint64(1))
	equal(t, *one.QueueSet[0].QueueName, names[2])
	for _, name := range names {
		ok(t, client.DeleteQueue, cmqDelete(name))
	}
}

func cmqRewind(t *testing.T, client *cmq.Client, name string) {
	create := cmqCreate(name)
	create.RewindSeconds = num(600)
	ok(t, client.CreateQueue, create)
	start := nowMs() / 1000
	consume(name, "r1", "r2")
	advance("60s")
	rewind := cmq.NewRewindQueueRequest()
	rewind.QueueName = &name
	rewind.StartConsumeTime = &start
	ok(t, client.RewindQueue, rewind)
	equal(t, messages(name), []string{"r1", "r2"})
	has(t, cmqQueue(t, client, name), members{"ActiveMsgNum": 2, "MinMsgTime": start})
	clear := cmq.NewClearQueueRequest()
	clear.QueueName = &name
	ok(t, client.ClearQueue, clear)
	has(t, cmqQueue(t, client, name), members{"ActiveMsgNum": 0, "RewindMsgNum": 0})
	ok(t, client.DeleteQueue, cmqDelete(name))
	refused(t, client.ClearQueue, clear, "ResourceNotFound")
	refused(t, client.RewindQueue, rewind, "ResourceNotFound")
}

func cmqDeadLetters(t *testing.T, client *cmq.Client, dead, source string) {
	deadID := ok(t, client.CreateQueue, cmqCreate(dead)).Response.QueueId
	create := cmqCreate(source)
	create.DeadLetterQueueName = &dead
	create.Policy = num(1)
	create.MaxTimeToLive = num(300)
	sourceID := ok(t, client.CreateQueue, create).Response.QueueId
	has(t, cmqQueue(t, client, source).DeadLetterPolicy, members{
		"DeadLetterQueue": deadID, "DeadLetterQueueName": dead, "Policy": 1,
		"MaxTimeToLive": 300,
	})
	sources := []members{{"QueueId": sourceID, "QueueName": source}}
	has(t, cmqQueue(t, client, dead), members{"DeadLetterSource": sources})
	listed := cmq.NewDescribeDeadLetterSourceQueuesRequest()
	listed.DeadLetterQueueName = &dead
	has(t, ok(t, client.DescribeDeadLetterSourceQueues, listed).Response,
		members{"TotalCount": 1, "QueueSet": sources})
	refused(t, client.DeleteQueue, cmqDelete(dead), "ResourceInUse")
	unbind := cmq.NewUnbindDeadLetterRequest()
	unbind.QueueName = &source
	ok(t, client.UnbindDeadLetter, unbind)
	has(t, cmqQueue(t, client, source), members{"DeadLetterPolicy": nil})
	ok(t, client.DeleteQueue, cmqDelete(source))
	ok(t, client.DeleteQueue, cmqDelete(dead))
}

func cmqTopic(t *testing.T, client *cmq.Client, name string) {
	topic := func() *cmq.TopicSet {
		q := cmq.NewDescribeTopicDetailRequest()
		q.TopicName = &name
		answer := ok(t, client.DescribeTopicDetail, q).Response
		equal(t, *answer.TotalCount, uint64(1))
		return answer.TopicSet[0]
	}
	now := nowMs() / 1000
	create := cmq.NewCreateTopicRequest()
	create.TopicName = &name
	create.MaxMsgSize = num(2048)
	id := ok(t, client.CreateTopic, create).Response.TopicId
	like(t, "^topic-[0-9a-z]{8}$", id)
	refused(t, client.CreateTopic, create, "ResourceInUse")
	has(t, topic(), members{
		"TopicId": id, "TopicName": name, "MaxMsgSize": 2048, "MsgRetentionSeconds": 86400,
		"FilterType": 1, "Qps": 5000, "MsgCount": 0, "CreateUin": 100000000001,
		"CreateTime": now, "LastModifyTime": now,
	})
	advance("3s")
	modify := cmq.NewModifyTopicAttributeRequest()
	modify.TopicName = &name
	modify.MaxMsgSize = num(4096)
	ok(t, client.ModifyTopicAttribute, modify)
	has(t, topic(), members{"MaxMsgSize": 4096, "LastModifyTime": now + 3})
}

func cmqSubscriptions(t *testing.T, client *cmq.Client, topic, inbox string) {
	now := nowMs() / 1000
	ok(t, client.CreateQueue, cmqCreate(inbox))
	create := cmq.NewCreateSubscribeRequest()
	create.TopicName = &topic
	create.SubscriptionName = str("tags")
	create.Protocol = str("queue")
	create.Endpoint = &inbox
	create.NotifyStrategy = str("BACKOFF_RETRY")
	create.NotifyContentFormat = str("SIMPLIFIED")
	create.FilterTag = list("red", "green")
	id := ok(t, client.CreateSubscribe, create).Response.SubscriptionId
	like(t, "^subsc-[0-9a-z]{8}$", id)
	refused(t, client.CreateSubscribe, create, "ResourceInUse")
	subscription := func() *cmq.Subscription {
		q := cmq.NewDescribeSubscriptionDetailRequest()
		q.TopicName = &topic
		q.Filters = []*cmq.Filter{{Name: str("SubscriptionName"), Values: list("tags")}}
		answer := ok(t, client.DescribeSubscriptionDetail, q).Response
		equal(t, *answer.TotalCount, uint64(1))
		return answer.SubscriptionSet[0]
	}
	has(t, subscription(), members{
		"SubscriptionName": "tags", "SubscriptionId": id, "TopicOwner": 1250000000,
		"Protocol": "queue", "Endpoint": inbox, "NotifyStrategy": "BACKOFF_RETRY",
		"NotifyContentFormat": "SIMPLIFIED", "FilterTags": []string{"red", "green"},
		"MsgCount": 0, "CreateTime": now, "LastModifyTime": now,
	})
	modify := cmq.NewModifySubscriptionAttributeRequest()
	modify.TopicName = &topic
	modify.SubscriptionName = str("tags")
	modify.FilterTags = list("blue")
	ok(t, client.ModifySubscriptionAttribute, modify)
	has(t, subscription(), members{"FilterTags": []string{"blue"}})
	clear := cmq.NewClearSubscriptionFilterTagsRequest()
	clear.TopicName = &topic
	clear.SubscriptionName = str("tags")
	ok(t, client.ClearSubscriptionFilterTags, clear)
	isEmptyList(t, subscription().FilterTags)

	deleteTopic := cmq.NewDeleteTopicRequest()
	deleteTopic.TopicName = &topic
	refused(t, client.DeleteTopic, deleteTopic, "ResourceInUse")
	unsubscribe := cmq.NewDeleteSubscribeRequest()
	unsubscribe.TopicName = &topic
	unsubscribe.SubscriptionName = str("tags")
	ok(t, client.DeleteSubscribe, unsubscribe)
	ok(t, client.DeleteTopic, deleteTopic)
	refused(t, client.DeleteTopic, deleteTopic, "ResourceNotFound")
	ok(t, client.DeleteQueue, cmqDelete(inbox))
}
