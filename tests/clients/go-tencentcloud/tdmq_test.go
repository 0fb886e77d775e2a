package gotencentcloud

import (
	"encoding/json"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	tdmq "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/tdmq/v20200217"
)

// TestTdmq calls all 21 CMQ Actions of the product tdmq, version 2020-02-17 (api3 8).
func TestTdmq(t *testing.T) {
	for _, k := range kinds {
		client := tdmqClient(k, credential())
		check(t, k.label+": a queue from its creation to its deletion",
			func(t *testing.T) { tdmqQueueLife(t, client, k.label+"_life") })
		check(t, k.label+": lists of queues",
			func(t *testing.T) { tdmqLists(t, client, k.label+"-list") })
		check(t, k.label+": messages are sent, cleared, and rewound",
			func(t *testing.T) { tdmqMessages(t, client, k.label+"-send") })
		check(t, k.label+": dead letters",
			func(t *testing.T) { tdmqDeadLetters(t, client, k.label+"-dead", k.label+"-source") })
		check(t, k.label+": sending under faults",
			func(t *testing.T) { tdmqFaults(t, client, k) })
		check(t, k.label+": a topic and its attributes",
			func(t *testing.T) { tdmqTopic(t, client, k.label+"-topic") })
		check(t, k.label+": subscriptions, and what is published",
			func(t *testing.T) { tdmqSubscriptions(t, client, k.label+"-topic", k.label+"-inbox") })
		check(t, k.label+": a wrong key and unknown ids are refused", func(t *testing.T) {
			for _, wrong := range refusedCredentials {
				client := tdmqClient(k, common.NewCredential(wrong.id, wrong.key))
				refused(t, client.CreateCmqQueue, tdmqCreate(k.label+"-life"), wrong.code)
			}
		})
		check(t, k.label+": temporary keys have a token, and lead to their namespace",
			func(t *testing.T) { tdmqToken(t, k) })
	}
	check(t, "all 21 Actions were called", func(t *testing.T) { equal(t, len(called["tdmq"]), 21) })
}

// TestOwnEndpoint has no address of the emulator: only HTTPS_PROXY, HTTP_PROXY and SSL_CERT_FILE
// lead to it.
func TestOwnEndpoint(t *testing.T) {
	for _, scheme := range []string{"HTTPS", "HTTP"} {
		check(t, scheme+" to tdmq.tencentcloudapi.com", func(t *testing.T) {
			p := profile.NewClientProfile()
			p.HttpProfile.Scheme = scheme
			client, err := tdmq.NewClient(credential(), "ap-guangzhou", p)
			if err != nil {
				t.Fatal(err)
			}
			name := "away-" + scheme
			ok(t, client.CreateCmqQueue, tdmqCreate(name))
			for _, body := range bodies {
				ok(t, client.SendCmqMsg, tdmqSend(name, body, 0))
			}
			has(t, tdmqQueue(t, client, name), members{"ActiveMsgNum": len(bodies)})
			equal(t, messages(name), bodies)
			ok(t, client.DeleteCmqQueue, tdmqDelete(name))

			wrong, _ := tdmq.NewClient(common.NewCredential(secretID, "wrong"), "ap-guangzhou", p)
			refused(t, wrong.DescribeCmqQueues, tdmq.NewDescribeCmqQueuesRequest(),
				"AuthFailure.SignatureFailure")
		})
	}
	check(t, "without a region", func(t *testing.T) {
		for _, k := range kinds {
			client, _ := tdmq.NewClient(credential(), "",
				clientProfile(k, "HTTP", host))
			ok(t, client.DescribeCmqQueues, tdmq.NewDescribeCmqQueuesRequest())
		}
	})
}

func tdmqToken(t *testing.T, k kind) {
	id, token := "AKID"+k.label, "t/o+k=en&"
	text, _ := json.Marshal(members{
		"name":        k.label,
		"credentials": []members{{"secretId": id, "secretKey": "temporary", "token": token}},
	})
	must(admin("POST", "/namespaces", string(text)))
	client := tdmqClient(k, common.NewTokenCredential(id, "temporary", token))
	ok(t, client.CreateCmqQueue, tdmqCreate("elsewhere"))
	has(t, tdmqQueue(t, client, "elsewhere"), members{"QueueName": "elsewhere"})
	refused(t, tdmqClient(k, credential()).DescribeCmqQueueDetail, tdmqDescribe("elsewhere"),
		"ResourceNotFound")
	other := tdmqClient(k, common.NewTokenCredential(id, "temporary", "other"))
	refused(t, other.DescribeCmqQueueDetail, tdmqDescribe("elsewhere"), "AuthFailure.TokenFailure")
	must(admin("DELETE", "/namespaces/"+k.label, ""))
}

func tdmqCreate(name string) *tdmq.CreateCmqQueueRequest {
	q := tdmq.NewCreateCmqQueueRequest()
	q.QueueName = &name
	return q
}

func tdmqDelete(name string) *tdmq.DeleteCmqQueueRequest {
	q := tdmq.NewDeleteCmqQueueRequest()
	q.QueueName = &name
	return q
}

func tdmqSend(name, body string, delay int64) *tdmq.SendCmqMsgRequest {
	q := tdmq.NewSendCmqMsgRequest()
	q.QueueName = &name
	q.MsgContent = &body
	q.DelaySeconds = &delay
	return q
}

func tdmqDescribe(name string) *tdmq.DescribeCmqQueueDetailRequest {
	q := tdmq.NewDescribeCmqQueueDetailRequest()
	q.QueueName = &name
	return q
}

func tdmqQueue(t *testing.T, client *tdmq.Client, name string) *tdmq.CmqQueue {
	t.Helper()
	return ok(t, client.DescribeCmqQueueDetail, tdmqDescribe(name)).Response.QueueDescribe
}

func tdmqQueueLife(t *testing.T, client *tdmq.Client, name string) {
	create := tdmqCreate(name)
	create.MaxMsgHeapNum = num(2000000)
	create.PollingWaitSeconds = num(3)
	create.VisibilityTimeout = num(40)
	create.MaxMsgSize = num(2048)
	create.MsgRetentionSeconds = num(7200)
	create.RewindSeconds = num(600)
	id := ok(t, client.CreateCmqQueue, create).Response.QueueId
	like(t, "^cmqq-[0-9a-z]{9,12}$", id)
	refused(t, client.CreateCmqQueue, tdmqCreate(name), "ResourceInUse.Queue")
	made := tdmqQueue(t, client, name)
	has(t, made, members{
		"QueueId": id, "QueueName": name, "MaxMsgHeapNum": 2000000, "PollingWaitSeconds": 3,
		"VisibilityTimeout": 40, "MaxMsgSize": 2048, "MsgRetentionSeconds": 7200,
		"RewindSeconds": 600, "Qps": 5000, "Bps": 52428800, "MaxDelaySeconds": 3600,
		"ActiveMsgNum": 0, "InactiveMsgNum": 0, "DelayMsgNum": 0, "DeadLetterPolicy": nil,
		"TenantId": "cmq-1250000000", "NamespaceName": "CMQ_QUEUE-" + name,
		"LastModifyTime": *made.CreateTime,
	})
	equal(t, *made.CreateTime/1000*1000, nowMs())

	advance("7s")
	modify := tdmq.NewModifyCmqQueueAttributeRequest()
	modify.QueueName = &name
	modify.VisibilityTimeout = num(41)
	ok(t, client.ModifyCmqQueueAttribute, modify)
	has(t, tdmqQueue(t, client, name), members{
		"VisibilityTimeout": 41, "CreateTime": *made.CreateTime,
		"LastModifyTime": *made.CreateTime + 7000,
	})
	ok(t, client.DeleteCmqQueue, tdmqDelete(name))
	refused(t, client.DescribeCmqQueueDetail, tdmqDescribe(name), "ResourceNotFound")
	refused(t, client.DeleteCmqQueue, tdmqDelete(name), "ResourceNotFound")
	large := tdmqCreate(name)
	large.VisibilityTimeout = num(43201)
	refused(t, client.CreateCmqQueue, large, "InvalidParameterValue")
	refused(t, client.CreateCmqQueue, tdmqCreate("no blank"), "InvalidParameterValue")
	refused(t, client.CreateCmqQueue, tdmq.NewCreateCmqQueueRequest(), "MissingParameter")
}

func tdmqLists(t *testing.T, client *tdmq.Client, name string) {
	names := []string{name + "-a", name + "-b", name + "-c"}
	for _, name := range names {
		ok(t, client.CreateCmqQueue, tdmqCreate(name))
	}
	q := tdmq.NewDescribeCmqQueuesRequest()
	q.QueueName = &name
	q.Offset = num(0)
	q.Limit = num(50)
	all := ok(t, client.DescribeCmqQueues, q).Response
	equal(t, *all.TotalCount, uint64(3))
	q = tdmq.NewDescribeCmqQueuesRequest()
	q.QueueName = &name
	q.Offset = num(2)
	q.Limit = num(1)
	page := ok(t, client.DescribeCmqQueues, q).Response
	equal(t, page.TotalCount, all.TotalCount)
	equal(t, page.QueueList, all.QueueList[2:])
	for _, name := range names {
		ok(t, client.DeleteCmqQueue, tdmqDelete(name))
	}
}

// tdmqFaults has what a fault that strikes one SendCmqMsg makes the client tell, how many requests there
// were, and how many messages there are then. Go's net/http repeats a GET, which it takes for one that
// changes nothing, when a connection that it has kept ends without an answer.
func tdmqFaults(t *testing.T, client *tdmq.Client, k kind) {
	name, lost, requests := k.label+"-faults", "ClientError.NetworkError", 1
	if k.reqMethod == "GET" {
		lost, requests = "ok", 2
	}
	for _, seen := range []struct {
		fault, told    string
		requests, left int
	}{
		{`{"error":"InternalError"}`, "InternalError", 1, 0},
		{`{"status":503}`, "ClientError.HttpStatusCodeError", 1, 0},
		{`{"drop":"request"}`, lost, requests, requests - 1},
		{`{"drop":"answer"}`, lost, requests, requests},
	} {
		ok(t, client.CreateCmqQueue, tdmqCreate(name))
		must(admin("POST", "/faults", `{"action":"SendCmqMsg","times":1,"fault":`+seen.fault+`}`))
		_, err := client.SendCmqMsg(tdmqSend(name, "order", 0))
		rule := must(admin("GET", "/faults", ""))["faults"].([]interface{})[0]
		must(admin("DELETE", "/faults", ""))
		told := "ok"
		if failure, is := err.(*sdkerrors.TencentCloudSDKError); is {
			told = failure.Code
		} else if err != nil {
			told = err.Error()
		}
		equal(t, told, seen.told)
		has(t, rule, members{"matched": seen.requests})
		equal(t, len(messages(name)), seen.left)
		ok(t, client.DeleteCmqQueue, tdmqDelete(name))
	}
}

func tdmqMessages(t *testing.T, client *tdmq.Client, name string) {
	create := tdmqCreate(name)
	create.RewindSeconds = num(600)
	ok(t, client.CreateCmqQueue, create)
	for _, body := range bodies {
		sent := ok(t, client.SendCmqMsg, tdmqSend(name, body, 0)).Response
		equal(t, *sent.Result, true)
		like(t, "^[0-9A-F]{30,32}$", sent.MsgId)
	}
	equal(t, messages(name), bodies)
	ok(t, client.SendCmqMsg, tdmqSend(name, "later", 9))
	has(t, tdmqQueue(t, client, name), members{"ActiveMsgNum": len(bodies), "DelayMsgNum": 1})
	clear := tdmq.NewClearCmqQueueRequest()
	clear.QueueName = &name
	ok(t, client.ClearCmqQueue, clear)
	equal(t, messages(name), []string{})

	start := nowMs()
	consume(name, "r1", "r2")
	advance("60s")
	rewind := tdmq.NewRewindCmqQueueRequest()
	rewind.QueueName = &name
	rewind.StartConsumeTime = &start
	ok(t, client.RewindCmqQueue, rewind)
	equal(t, messages(name), []string{"r1", "r2"})
	ok(t, client.DeleteCmqQueue, tdmqDelete(name))
	refused(t, client.SendCmqMsg, tdmqSend(name, "x", 0), "ResourceNotFound")
	refused(t, client.ClearCmqQueue, clear, "ResourceNotFound")
	refused(t, client.RewindCmqQueue, rewind, "ResourceUnavailable")
}

func tdmqDeadLetters(t *testing.T, client *tdmq.Client, dead, source string) {
	ok(t, client.CreateCmqQueue, tdmqCreate(dead))
	create := tdmqCreate(source)
	create.DeadLetterQueueName = &dead
	create.Policy = num(0)
	create.MaxReceiveCount = num(2)
	id := ok(t, client.CreateCmqQueue, create).Response.QueueId
	has(t, tdmqQueue(t, client, source).DeadLetterPolicy, members{
		"DeadLetterQueue": dead, "Policy": 0, "MaxReceiveCount": 2, "MaxTimeToLive": 0,
	})
	sources := []members{{"QueueId": id, "QueueName": source}}
	has(t, tdmqQueue(t, client, dead), members{"DeadLetterSource": sources})
	listed := tdmq.NewDescribeCmqDeadLetterSourceQueuesRequest()
	listed.DeadLetterQueueName = &dead
	has(t, ok(t, client.DescribeCmqDeadLetterSourceQueues, listed).Response,
		members{"TotalCount": 1, "QueueSet": sources})
	unbind := tdmq.NewUnbindCmqDeadLetterRequest()
	unbind.SourceQueueName = &source
	ok(t, client.UnbindCmqDeadLetter, unbind)
	has(t, tdmqQueue(t, client, source), members{"DeadLetterPolicy": nil})
	ok(t, client.DeleteCmqQueue, tdmqDelete(source))
	ok(t, client.DeleteCmqQueue, tdmqDelete(dead))
	refused(t, client.UnbindCmqDeadLetter, unbind, "FailedOperation")
}

func tdmqTopic(t *testing.T, client *tdmq.Client, name string) {
	topic := func() *tdmq.CmqTopic {
		q := tdmq.NewDescribeCmqTopicDetailRequest()
		q.TopicName = &name
		return ok(t, client.DescribeCmqTopicDetail, q).Response.TopicDescribe
	}
	create := tdmq.NewCreateCmqTopicRequest()
	create.TopicName = &name
	create.MaxMsgSize = num(2048)
	id := ok(t, client.CreateCmqTopic, create).Response.TopicId
	like(t, "^cmqt-[0-9a-z]{9,12}$", id)
	refused(t, client.CreateCmqTopic, create, "ResourceInUse.Topic")
	made := topic()
	has(t, made, members{
		"TopicId": id, "TopicName": name, "MaxMsgSize": 2048, "MsgRetentionSeconds": 86400,
		"FilterType": 1, "Qps": 5000, "MsgCount": 0, "TenantId": "cmq-1250000000",
		"NamespaceName": "CMQ_TOPIC-" + name,
	})
	advance("3s")
	modify := tdmq.NewModifyCmqTopicAttributeRequest()
	modify.TopicName = &name
	modify.MaxMsgSize = num(4096)
	ok(t, client.ModifyCmqTopicAttribute, modify)
	has(t, topic(), members{"MaxMsgSize": 4096, "LastModifyTime": *made.CreateTime + 3000})
	q := tdmq.NewDescribeCmqTopicsRequest()
	q.TopicName = &name
	topics := ok(t, client.DescribeCmqTopics, q).Response
	equal(t, *topics.TotalCount, uint64(1))
	equal(t, topics.TopicList, []*tdmq.CmqTopic{topic()})
}

func tdmqSubscriptions(t *testing.T, client *tdmq.Client, topic, inbox string) {
	ok(t, client.CreateCmqQueue, tdmqCreate(inbox))
	create := tdmq.NewCreateCmqSubscribeRequest()
	create.TopicName = &topic
	create.SubscriptionName = str("tags")
	create.Protocol = str("queue")
	create.Endpoint = &inbox
	create.NotifyStrategy = str("BACKOFF_RETRY")
	create.NotifyContentFormat = str("SIMPLIFIED")
	create.FilterTag = list("red", "green")
	id := ok(t, client.CreateCmqSubscribe, create).Response.SubscriptionId
	like(t, "^subsc-[0-9a-z]{8}$", id)
	refused(t, client.CreateCmqSubscribe, create, "ResourceInUse.Subscription")
	subscription := func() *tdmq.CmqSubscription {
		q := tdmq.NewDescribeCmqSubscriptionDetailRequest()
		q.TopicName = &topic
		answer := ok(t, client.DescribeCmqSubscriptionDetail, q).Response
		equal(t, *answer.TotalCount, uint64(1))
		return answer.SubscriptionSet[0]
	}
	has(t, subscription(), members{
		"SubscriptionName": "tags", "SubscriptionId": id, "TopicOwner": 1250000000,
		"Protocol": "queue", "Endpoint": inbox, "NotifyStrategy": "BACKOFF_RETRY",
		"NotifyContentFormat": "SIMPLIFIED", "FilterTags": []string{"red", "green"},
		"MsgCount": 0,
	})
	modify := tdmq.NewModifyCmqSubscriptionAttributeRequest()
	modify.TopicName = &topic
	modify.SubscriptionName = str("tags")
	modify.FilterTags = list("blue")
	ok(t, client.ModifyCmqSubscriptionAttribute, modify)
	has(t, subscription(), members{"FilterTags": []string{"blue"}})
	for _, body := range bodies {
		publish := tdmq.NewPublishCmqMsgRequest()
		publish.TopicName = &topic
		publish.MsgContent = str(body)
		publish.MsgTag = list("x", "blue")
		equal(t, *ok(t, client.PublishCmqMsg, publish).Response.Result, true)
	}
	equal(t, messages(inbox), bodies)

	clear := tdmq.NewClearCmqSubscriptionFilterTagsRequest()
	clear.TopicName = &topic
	clear.SubscriptionName = str("tags")
	ok(t, client.ClearCmqSubscriptionFilterTags, clear)
	isEmptyList(t, subscription().FilterTags)
	deleteTopic := tdmq.NewDeleteCmqTopicRequest()
	deleteTopic.TopicName = &topic
	refused(t, client.DeleteCmqTopic, deleteTopic, "FailedOperation")
	unsubscribe := tdmq.NewDeleteCmqSubscribeRequest()
	unsubscribe.TopicName = &topic
	unsubscribe.SubscriptionName = str("tags")
	ok(t, client.DeleteCmqSubscribe, unsubscribe)
	ok(t, client.DeleteCmqTopic, deleteTopic)
	refused(t, client.DeleteCmqTopic, deleteTopic, "ResourceNotFound.Topic")
	ok(t, client.DeleteCmqQueue, tdmqDelete(inbox))
}
