// Package gotencentcloud drives the emulator by the official SDK of API 3.0. This file has what
// its tests share; the tests of the products are in cmq_test.go and tdmq_test.go.
package gotencentcloud

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	cmq "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/cmq/v20190304"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	tdmq "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/tdmq/v20200217"
)

var (
	emulator  = os.Getenv("CMQ_URL")
	host      = os.Getenv("CMQ_HOST")
	secretID  = os.Getenv("CMQ_SECRET_ID")
	secretKey = os.Getenv("CMQ_SECRET_KEY")
)

// Texts that a wrong encoding or signature would change. The SDK's JSON has < > & as \u003c.
var bodies = []string{
	"plain",
	"a+b c%20d&e=f?g#h;i/j\\k\"l'm<n>",
	"队列消息 – ñ – 🚀",
	"line\nbreak\r\ntab\t end ",
	` *~!()-._ {"a":[1,2,{"b":null}]}`,
	"@file",
	"=",
}

// A kind is a way of signing and sending that the SDK knows.
type kind struct{ label, signMethod, reqMethod string }

var kinds = []kind{
	{"tc3-post", "TC3-HMAC-SHA256", "POST"},
	{"tc3-get", "TC3-HMAC-SHA256", "GET"},
	{"sha1-post", "HmacSHA1", "POST"},
	{"sha1-get", "HmacSHA1", "GET"},
	{"sha256-post", "HmacSHA256", "POST"},
	{"sha256-get", "HmacSHA256", "GET"},
}

var passed, failed int

// check runs one test and counts it. What must() does not get fails this test alone.
func check(t *testing.T, name string, body func(t *testing.T)) {
	guarded := func(t *testing.T) {
		defer func() {
			if problem := recover(); problem != nil {
				t.Error(problem)
			}
		}()
		body(t)
	}
	if t.Run(name, guarded) {
		passed++
	} else {
		failed++
	}
}

func TestMain(m *testing.M) {
	must(admin("POST", "/reset", `{"what":"all"}`))
	must(admin("POST", "/clock/freeze", `{}`))
	code := m.Run()
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	os.Exit(code)
}

func must(object map[string]interface{}, err error) map[string]interface{} {
	if err != nil {
		panic(err)
	}
	return object
}

// read decodes JSON; numbers keep all their digits.
func read(text []byte, object interface{}) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(object)
}

func exchange(request *http.Request) (map[string]interface{}, error) {
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s %s: %s", request.Method, request.URL, text)
	}
	object := map[string]interface{}{}
	return object, read(text, &object)
}

func admin(method, path, body string) (map[string]interface{}, error) {
	request, err := http.NewRequest(method, emulator+"/_emulator"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	return exchange(request)
}

func advance(by string) {
	must(admin("POST", "/clock/advance", `{"by":"`+by+`"}`))
}

// nowMs is the time of the emulator, without its milliseconds.
func nowMs() uint64 {
	ms, err := must(admin("GET", "/clock", ""))["nowMs"].(json.Number).Int64()
	if err != nil {
		panic(err)
	}
	return uint64(ms) / 1000 * 1000
}

// messages are the texts in a queue, active ones first.
func messages(queue string) []string {
	texts := []string{}
	for _, message := range must(admin("GET", "/queues/"+queue+"/messages", ""))["messages"].([]interface{}) {
		texts = append(texts, message.(map[string]interface{})["msgBody"].(string))
	}
	return texts
}

// v2 makes a signed call of the API v2, for what API 3.0 has no Actions for.
func v2(action string, parameters ...string) map[string]interface{} {
	form := url.Values{
		"Action": {action}, "Nonce": {"1"}, "SecretId": {secretID},
		"Timestamp": {strconv.FormatInt(time.Now().Unix(), 10)},
	}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	pairs := []string{}
	for name := range form {
		pairs = append(pairs, name+"="+form.Get(name))
	}
	sort.Strings(pairs)
	mac := hmac.New(sha1.New, []byte(secretKey))
	io.WriteString(mac, "POST"+host+"/v2/index.php?"+strings.Join(pairs, "&"))
	form.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	request, err := http.NewRequest("POST", emulator+"/v2/index.php", strings.NewReader(form.Encode()))
	if err != nil {
		panic(err)
	}
	object := must(exchange(request))
	if object["code"] != json.Number("0") {
		panic(fmt.Sprint(action, ": ", object))
	}
	return object
}

// consume sends texts to a queue, receives and deletes them.
func consume(queue string, texts ...string) {
	for _, text := range texts {
		v2("SendMessage", "queueName", queue, "msgBody", text)
		handle := v2("ReceiveMessage", "queueName", queue)["receiptHandle"].(string)
		v2("DeleteMessage", "queueName", queue, "receiptHandle", handle)
	}
}

func clientProfile(k kind, scheme, endpoint string) *profile.ClientProfile {
	p := profile.NewClientProfile()
	p.SignMethod = k.signMethod
	p.HttpProfile.ReqMethod = k.reqMethod
	p.HttpProfile.Scheme = scheme
	p.HttpProfile.Endpoint = endpoint
	return p
}

// credential is that of the emulator; refusedCredentials are none of its own.
func credential() *common.Credential { return common.NewCredential(secretID, secretKey) }

var refusedCredentials = []struct{ id, key, code string }{
	{secretID, "wrong", "AuthFailure.SignatureFailure"},
	{"AKIDunknown", secretKey, "AuthFailure.SecretIdNotFound"},
	{"unknown", secretKey, "AuthFailure.InvalidSecretId"},
}

func cmqClient(k kind, c *common.Credential) *cmq.Client {
	client, _ := cmq.NewClient(c, "ap-guangzhou", clientProfile(k, "HTTP", host))
	return client
}

func tdmqClient(k kind, c *common.Credential) *tdmq.Client {
	client, _ := tdmq.NewClient(c, "ap-guangzhou", clientProfile(k, "HTTP", host))
	return client
}

// called has the Actions that were called, by product.
var called = map[string]map[string]bool{"cmq": {}, "tdmq": {}}

type request interface {
	GetAction() string
	GetService() string
}

var uuid = regexp.MustCompile("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

// ok makes a call that succeeds.
func ok[Q request, A any](t *testing.T, send func(Q) (A, error), q Q) A {
	t.Helper()
	called[q.GetService()][q.GetAction()] = true
	answer, err := send(q)
	if err != nil {
		t.Fatalf("%s: %v", q.GetAction(), err)
	}
	var object struct{ Response struct{ RequestId string } }
	text, _ := json.Marshal(answer)
	if err := json.Unmarshal(text, &object); err != nil || !uuid.MatchString(object.Response.RequestId) {
		t.Fatalf("%s: no RequestId in %s", q.GetAction(), text)
	}
	return answer
}

// refused makes a call that fails with a code.
func refused[Q request, A any](t *testing.T, send func(Q) (A, error), q Q, code string) {
	t.Helper()
	answer, err := send(q)
	failure, isFailure := err.(*sdkerrors.TencentCloudSDKError)
	if !isFailure {
		t.Fatalf("%s: no error, but %v", q.GetAction(), answer)
	}
	if failure.Code != code || failure.Message == "" || !uuid.MatchString(failure.RequestId) {
		t.Fatalf("%s: not %s, but %v", q.GetAction(), code, failure)
	}
}

type members map[string]interface{}

// has compares members of an object of the SDK by their JSON: null is what is absent.
func has(t *testing.T, object interface{}, want members) {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	found := members{}
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for name, value := range want {
		wanted, _ := json.Marshal(value)
		got, _ := json.Marshal(found[name])
		if string(got) != string(wanted) {
			t.Errorf("%s is %s, not %s, in %s", name, got, wanted, text)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// isEmptyList: [] was answered, and not null. Written anew the SDK's types leave out both.
func isEmptyList(t *testing.T, list []*string) {
	t.Helper()
	if list == nil || len(list) > 0 {
		t.Fatalf("%v is no empty list", list)
	}
}

func equal(t *testing.T, got, want interface{}) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%v, not %v", got, want)
	}
}

func like(t *testing.T, pattern string, text *string) {
	t.Helper()
	if text == nil || !regexp.MustCompile(pattern).MatchString(*text) {
		t.Fatalf("%v is not like %s", text, pattern)
	}
}

func str(s string) *string { return &s }

func num(n uint64) *uint64 { return &n }

func list(texts ...string) []*string {
	pointers := []*string{}
	for i := range texts {
		pointers = append(pointers, &texts[i])
	}
	return pointers
}
