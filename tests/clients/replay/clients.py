"""What clients send that no registry has: one entry each. The facts are those of sdk-compat.

A client is used in up to two ways, by POST and by GET; each has a namespace of its own.
"""

import random
import re
import time
import urllib.parse

import signature
import wire

QUEUE = """CreateQueue ListQueue GetQueueAttributes SetQueueAttributes DeleteQueue
    RewindQueue""".split()
MESSAGE = """SendMessage BatchSendMessage ReceiveMessage BatchReceiveMessage DeleteMessage
    BatchDeleteMessage""".split()
TOPIC = """CreateTopic SetTopicAttributes ListTopic GetTopicAttributes DeleteTopic""".split()
PUBLISH = """PublishMessage BatchPublishMessage""".split()
SUBSCRIPTION = """Subscribe ListSubscriptionByTopic SetSubscriptionAttributes
    GetSubscriptionAttributes Unsubscribe ClearSubscriptionFilterTags""".split()
ROUTE = """QueryQueueRoute QueryTopicRoute""".split()
ALL = QUEUE + MESSAGE + TOPIC + PUBLISH + SUBSCRIPTION
RECEIVES = ("ReceiveMessage", "BatchReceiveMessage")
SENDS = ("SendMessage", "BatchSendMessage")
PUBLISHES = ("PublishMessage", "BatchPublishMessage")

TEXT = "a b+c%d&e=f/\u4f60\u597d ~*'()!_.-"
FORM = "application/x-www-form-urlencoded"


# ---- how values are encoded ----


def plus(value):
    """Python, PHP, Go: a blank is `+`."""
    return urllib.parse.quote_plus(value, safe="-_.~")


def percent(value):
    """curl, .NET, Node: a blank is `%20`."""
    return urllib.parse.quote(value, safe="-_.~")


def percent_cpp(value):
    return urllib.parse.quote(value, safe="-_.!~*'()/")


def raw(value):
    return value


# ---- headers, as templates ----

CURL = ["Host: {host}", "Accept: */*", "Content-Length: {length}", "Content-Type: " + FORM]
CURL_GET = ["Host: {host}", "Accept: */*"]
GO = ["Host: {host}", "User-Agent: Go-http-client/1.1", "Content-Length: {length}"]
GO_FORM = GO + ["Content-Type: " + FORM, "Accept-Encoding: gzip"]
GO_BARE = GO + ["Accept-Encoding: gzip"]
GO_GET = ["Host: {host}", "User-Agent: Go-http-client/1.1", "Accept-Encoding: gzip"]
GUZZLE = ["Host: {host}", "User-Agent: GuzzleHttp/7"]
AXIOS = [
    "Accept: application/json, text/plain, */*",
    "Content-Type: " + FORM,
    "User-Agent: axios/0.19.0",
    "Content-Length: {length}",
    "Host: {host}",
    "Connection: close",
]


class Client:
    """The facts about one client. What is not said is what most do."""

    name = None
    actions = ALL
    path = "/v2/index.php"
    posts = CURL  # the headers of a POST, or None if there is none
    gets = None  # the headers of a GET, likewise
    keep_alive = True
    tls = False  # it speaks TLS alone
    quote = staticmethod(plus)
    body = TEXT  # a message that it can send
    received = None  # what the emulator gets of that, if it is something else
    base = {}  # where arrays begin, unless at 1: by name, by (Action, name), or for all by ""
    common = {}  # parameters of every call
    also = {}  # parameters of an Action, unless they are given
    polls = None  # UserpollingWaitSeconds for a second of waiting, if it is sent
    polls_by_default = 30
    nonce = (1, 65535)
    algorithm = "HmacSHA1"
    method = (
        True  # SignatureMethod is sent, if the algorithm is not the default or this is true
    )
    signed_host = "{host}"  # {name} is the host without its port
    signed_path = None  # if it is another than the path of the request
    leaves_out_at = False  # values that begin with @ are not signed when posted
    spelled = {}  # Action as it is sent
    renamed = {}  # parameter as it is sent, for all Actions or by (Action, name)
    drops = ()  # (Action, parameter) that are never sent
    drops_values = ()  # parameters with these values are not sent
    fails = {}  # Action: (code, module) that the emulator has to answer
    verified = True  # the signature can be verified
    anonymous = False  # it has no secret id, and does not sign
    odd_values = {}  # (Action, parameter): value, whatever is given

    def __init__(self, verb, host, port, secret_id, secret_key, ca=None):
        self.verb = verb
        self.host = host
        self.secret_id = secret_id
        self.secret_key = secret_key
        self.wire = wire.Wire(port, self.keep_alive, ca if self.tls else None)

    def offers(self, action):
        return action in self.actions

    def call(self, action, parameters):
        return self.wire.ask(self.request(action, parameters))

    # ---- parameters ----

    def pairs(self, action, parameters):
        """What is sent, unsigned: names and values, lists flattened."""
        given = dict(parameters)
        for name, value in self.also.get(action, {}).items():
            given.setdefault(name, value)
        if self.polls and action in RECEIVES:
            wait = given.get("pollingWaitSeconds")
            timeout = self.polls_by_default if wait is None else wait * self.polls
            given["UserpollingWaitSeconds"] = timeout
        pairs = []
        for name, value in given.items():
            if (action, name) in self.drops:
                continue
            value = self.odd_values.get((action, name), value)
            if callable(value):
                value = value(given[name])
            pairs += self.flat(action, name, value)
        pairs = [pair for pair in pairs if pair[1] not in self.drops_values]
        return pairs + self.common_pairs(action)

    def flat(self, action, name, value):
        sent = self.renamed.get((action, name), self.renamed.get(name, name))
        if not isinstance(value, list):
            return [(sent, str(value))]
        base = self.base.get((action, name), self.base.get(name, self.base.get("", 1)))
        return [("%s.%d" % (sent, base + i), each) for i, each in enumerate(value)]

    def common_pairs(self, action):
        pairs = [("Action", self.spelled.get(action, action))] + list(self.common.items())
        pairs += [("SecretId", self.secret_id), ("Nonce", str(random.randint(*self.nonce)))]
        pairs += [("Timestamp", str(int(time.time())))]
        if self.method:
            pairs.append(("SignatureMethod", self.algorithm))
        return pairs

    # ---- the request ----

    def text_to_sign(self, pairs):
        host = self.signed_host.format(host=self.host, name=signature.without_port(self.host))
        if self.leaves_out_at and self.verb == "POST":
            pairs = signature.without_at(pairs)
        path = self.signed_path or self.path
        return signature.string_to_sign(self.verb, host, path, pairs)

    def sign(self, pairs):
        return signature.sign(self.text_to_sign(pairs), self.secret_key, self.algorithm)

    def form(self, pairs):
        """The signed text of query or body."""
        pairs = pairs + [("Signature", self.sign(pairs))]
        return "&".join("%s=%s" % (name, self.quote(value)) for name, value in pairs)

    def request(self, action, parameters):
        form = self.form(self.pairs(action, parameters))
        if self.verb == "GET":
            return self.encode(self.path + "?" + form, self.gets, "")
        return self.encode(self.path, self.posts, form)

    def encode(self, target, headers, body):
        data = body.encode()
        lines = [line.format(host=self.host, length=len(data)) for line in headers]
        # A blank or a byte beyond ASCII would end the target.
        target = re.sub("[^!-~]", lambda found: urllib.parse.quote(found.group()), target)
        pairs = [tuple(line.split(": ", 1)) for line in lines]
        return wire.encode_request(self.verb, target, pairs, data)


class Plain(Client):
    """What helps others: it sends no more than it has to."""

    name = "plain"
    actions = ()


# ---- official ones ----


class GoOfficial(Client):
    name = "go-official"
    actions = MESSAGE + PUBLISH + ROUTE
    path = "/"
    posts = GO_FORM
    gets = GO_FORM[:2] + GO_FORM[3:]
    base = {"": 0}
    common = {"RequestClient": "SDK_GO_1.2.0", "clientRequestId": "3735928559"}
    also = {
        "SendMessage": {"delaySeconds": 0},
        "BatchSendMessage": {"delaySeconds": 0},
        "ReceiveMessage": {"pollingWaitSeconds": 0},
        "BatchReceiveMessage": {"pollingWaitSeconds": 0},
        "PublishMessage": {"routingKey": ""},
        "BatchPublishMessage": {"routingKey": ""},
    }
    nonce = (0, 2**32 - 1)


class GoOfficialUnsigned(GoOfficial):
    """With an application id in place of a secret id."""

    name = "go-official/unsigned"
    gets = None
    verified = False
    anonymous = True

    def common_pairs(self, action):
        return [("Action", action), ("appId", "1250000000")] + list(self.common.items())

    def form(self, pairs):
        return "&".join("%s=%s" % (name, self.quote(value)) for name, value in pairs)


class PhpOfficial(Client):
    name = "php-official"
    posts = CURL
    common = {"RequestClient": "SDK_PHP_1.3"}
    also = {"SendMessage": {"delaySeconds": 0}, "BatchSendMessage": {"delaySeconds": 0}}
    polls = 1
    leaves_out_at = True
    renamed = {"bindingKey": "bindindKey"}
    body = "@" + TEXT


class PhpOfficialGet(PhpOfficial):
    """By GET the path is there twice, and signed once."""

    path = "/v2/index.php/v2/index.php"
    signed_path = "/v2/index.php"
    posts = None
    gets = CURL_GET


class PhpOfficialSlash(PhpOfficial):
    """With an endpoint that ends in a slash, which is sent and not signed."""

    name = "php-official/slash"
    path = "//v2/index.php"
    signed_path = "/v2/index.php"
    actions = QUEUE


class Cpp(Client):
    name = "cpp-official"
    posts = [
        "Host: {host}",
        "Accept: */*",
        "Accept-Encoding: UTF-8",
        "Connection: keep-alive",
        "Content-Length: {length}",
        "Content-Type: " + FORM,
        "Expect: 100-continue",
    ]
    gets = ["Host: {host}", "Accept: */*", "Accept-Encoding: UTF-8", "Connection: keep-alive"]
    quote = staticmethod(percent_cpp)
    base = {("Subscribe", "filterTag"): 0, ("Subscribe", "bindingKey"): 0}
    common = {"RequestClient": "SDK_CPP_1.3"}
    also = {"PublishMessage": {"routingKey": ""}, "BatchPublishMessage": {"routingKey": ""}}
    polls = 1
    nonce = (4711, 4711)  # the same for all calls of a second
    algorithm = "HmacSHA256"
    odd_values = {("RewindQueue", "startConsumeTime"): "\x7f"}
    fails = {"RewindQueue": (4000, 10360)}


# ---- Go ----


class GoNetkiddy(Client):
    name = "go-netkiddy"
    posts = GO_BARE
    common = {"RequestClient": "SDK_GO_1.3"}
    also = {"SendMessage": {"delaySeconds": 0}, "BatchSendMessage": {"delaySeconds": 0}}
    polls = 1000
    polls_by_default = 30000
    nonce = (0, 2**63 - 1)
    renamed = {
        ("ListSubscriptionByTopic", "searchWord"): "searchWord ",
        ("ListSubscriptionByTopic", "offset"): "offset ",
        ("ListSubscriptionByTopic", "limit"): "limit ",
        ("ClearSubscriptionFilterTags", "subscriptionName"): "subscriptionName ",
        ("SetSubscriptionAttributes", "subscriptionName"): "subscriptionName ",
    }

    def form(self, pairs):
        """The names are not encoded, their blanks neither; the order is that of a Go map."""
        random.Random(len(pairs)).shuffle(pairs)
        return Client.form(self, pairs)


class GoFuckingmind(GoNetkiddy):
    """Signs what is on the wire, names included, and sends the signature as it is."""

    name = "go-fuckingmind"
    renamed = {}

    def form(self, pairs):
        text = urllib.parse.urlencode(sorted(pairs))
        signed = "%s%s%s?%s" % (self.verb, self.host, self.path, text)
        return text + "&Signature=" + signature.sign(signed, self.secret_key, self.algorithm)


class GoVenuses(Client):
    name = "go-venuses"
    actions = QUEUE + MESSAGE
    posts = GO + ["Content-Type: " + FORM + ";charset=utf-8", "Accept-Encoding: gzip"]
    gets = GO_GET
    base = {"": 0}
    nonce = (0, 2**63 - 1)
    body = "50% of \u4f60\u597d, done"
    odd_values = {("RewindQueue", "startConsumeTime"): lambda seconds: seconds * 10**9}
    fails = {"RewindQueue": (4000, 10680)}

    def form(self, pairs):
        """POST: nothing is encoded but the signature. GET: all is, and so it is signed."""
        quote = plus if self.verb == "GET" else raw
        pairs = sorted(signature.encoded(pairs, quote))
        text = "&".join("%s=%s" % pair for pair in pairs)
        signed = "%s%s%s?%s" % (self.verb, self.host, self.path, text)
        signed = signature.sign(signed, self.secret_key, self.algorithm)
        return text + "&Signature=" + plus(signed)


class GoZyw(Client):
    name = "go-zyw"
    posts = GO_FORM
    gets = GO_FORM[:2] + GO_FORM[3:]
    base = {"msgBody": 0, "receiptHandle": 0, ("BatchPublishMessage", "msgBody"): 1}
    common = {"RequestClient": "SDK_GOLANG_1.0"}
    polls = 1
    nonce = (0, 2**63 - 1)
    algorithm = "HmacSHA256"
    spelled = {"ClearSubscriptionFilterTags": "ClearSUbscriptionFIlterTags"}


class GoZywSha1(GoZyw):
    """Announces HmacSHA1, and uses SHA-256 all the same."""

    name = "go-zyw/sha1"
    verified = False
    actions = MESSAGE

    def common_pairs(self, action):
        pairs = dict(GoZyw.common_pairs(self, action))
        return list(dict(pairs, SignatureMethod="HmacSHA1").items())


class GoBaocaixiong(Client):
    name = "go-baocaixiong"
    posts = GO_FORM
    base = {"": 0}
    common = {"Region": "gz"}
    nonce = (0, 2**63 - 1)
    drops_values = ("",)
    spelled = {
        "BatchDeleteMessage": "BatchDeleteMessageReq",
        "GetTopicAttributes": "NewGetTopicAttributes",
    }
    fails = {"BatchDeleteMessage": (4000, 10430), "GetTopicAttributes": (4000, 10430)}


class GoCmqbeat(Client):
    """Over TLS: its delete cuts `https://` off, whatever the scheme is."""

    name = "go-cmqbeat"
    actions = ["ReceiveMessage", "DeleteMessage"]
    posts = None
    gets = GO_GET
    tls = True
    common = {"Region": "gz"}
    algorithm = "HmacSHA256"


# ---- C# ----


class CsMicrofeel(Client):
    name = "cs-microfeel"
    actions = [action for action in ALL if action != "RewindQueue"]
    posts = [
        "Host: {host}",
        "Content-Type: text/json; charset=utf-8",
        "Content-Length: {length}",
    ]
    gets = posts
    keep_alive = False  # an HTTP client for each call
    quote = staticmethod(percent)
    base = {"filterTag": 0, "bindingKey": 0}
    common = {"RequestClient": "SDK_C#_1.0"}
    polls = 1
    polls_by_default = 30000
    nonce = (0, 2**31 - 1)
    algorithm = "HmacSHA256"
    signed_host = "{name}"
    spelled = {
        "GetSubscriptionAttributes": "getSubscriptionAttributes",
        "ClearSubscriptionFilterTags": "ClearSUbscriptionFIlterTags",
    }

    def encode(self, target, headers, body):
        """By GET the form is sent twice: in the query, and as a body."""
        if self.verb == "GET":
            body = target.split("?", 1)[1]
        return Client.encode(self, target, headers, body)


class CsOventh(CsMicrofeel):
    name = "cs-oventh"
    posts = [
        "Accept: */*",
        "User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1;SV1)",
        "Content-Type: " + FORM,
        "Host: {host}",
        "Content-Length: {length}",
    ]
    gets = posts[:2] + posts[3:4]
    keep_alive = True
    quote = staticmethod(plus)
    algorithm = "HmacSHA1"
    signed_host = "{host}"
    encode = Client.encode


class CsNethackersh(Client):
    """Sends values as they are, so a `+` of its signature arrives as a blank."""

    name = "cs-nethackersh"
    actions = QUEUE + MESSAGE
    posts = ["Content-Type: text/json", "Host: {host}", "Content-Length: {length}"]
    quote = staticmethod(raw)
    common = {"Region": "bj"}
    nonce = (0, 2**31 - 1)
    algorithm = "HmacSHA256"
    body = '{"a": "\u4f60\u597d"}'


# ---- PHP ----


class PhpFreyo(PhpOfficial):
    name = "php-freyo"
    posts = CURL[:2] + ["Connection: Keep-Alive"] + CURL[2:]
    nonce = (18 * 10**11, 18 * 10**11 + 10**9)


class PhpXutl(Client):
    name = "php-xutl"
    posts = GUZZLE + ["Content-Type: " + FORM, "Content-Length: {length}"]
    algorithm = "HmacSHA256"
    leaves_out_at = True
    body = "@" + TEXT
    drops_values = ("", "0")
    drops = [("BatchDeleteMessage", "receiptHandle")]
    spelled = {"ClearSubscriptionFilterTags": "GetSubscriptionAttributes"}
    fails = {"BatchDeleteMessage": (4000, 10390)}


class PhpLinglingqi(Client):
    name = "php-linglingqi007"
    actions = [
        action for action in ALL if action not in ("RewindQueue", "ClearSubscriptionFilterTags")
    ]
    posts = GUZZLE + ["Content-Length: {length}"]
    gets = GUZZLE
    method = False
    signed_host = "{name}"
    nonce = (10000, 9999999)


class PhpTakatost(Client):
    name = "php-takatost"
    actions = ["ReceiveMessage", "DeleteMessage", "PublishMessage"]
    posts = GUZZLE + ["Content-Type: " + FORM, "Content-Length: {length}"]
    gets = GUZZLE
    method = False
    signed_host = "{name}"
    leaves_out_at = True
    nonce = (10000, 9999999)
    drops = [("PublishMessage", "routingKey")]


# ---- Node ----


class NodeDivxpro(Client):
    """Signs `http://` as part of the host."""

    name = "node-divxpro"
    actions = [
        "CreateQueue",
        "SendMessage",
        "BatchSendMessage",
        "ReceiveMessage",
        "DeleteMessage",
    ]
    posts = AXIOS
    keep_alive = False
    quote = staticmethod(percent)
    common = {"RequestClient": "CMQ_NODEJS_SDK_1.3", "Region": "gz"}
    also = {"ReceiveMessage": {"pollingWaitSeconds": 30}, "SendMessage": {"delaySeconds": 0}}
    nonce = (0, 100000)
    signed_host = "http://{host}"
    leaves_out_at = True
    verified = False


class NodeJintaolee(Client):
    """Encodes msgBody once more than is needed, and sends it so that it arrives encoded."""

    name = "node-jintaolee"
    path = "/"
    posts = AXIOS[1:2] + AXIOS[3:]
    keep_alive = False
    quote = staticmethod(percent)
    common = {"Version": "v2", "RequestClient": "SDK_NODEJS_1.0.4", "Region": "gz"}
    nonce = (0, 65535)
    algorithm = "HmacSHA256"
    actions = QUEUE + MESSAGE
    received = percent(TEXT)
    odd_values = {("SendMessage", "msgBody"): percent}


class NodeCoolliyong(Client):
    """By GET, over TLS alone."""

    name = "node-coolliyong"
    actions = QUEUE + MESSAGE
    posts = None
    gets = ["Host: {host}", "Connection: close"]
    keep_alive = False
    tls = True
    quote = staticmethod(percent)
    common = {"Region": "gz"}
    algorithm = "HmacSHA256"


class NodeCheedbrands(Client):
    """Only publishes, by GET over TLS, with values as they are."""

    name = "node-cheedbrands"
    actions = ["PublishMessage"]
    posts = None
    gets = ["Host: {host}", "Connection: close"]
    keep_alive = False
    tls = True
    quote = staticmethod(raw)
    body = "plain"
    method = False
    drops = [("PublishMessage", "routingKey")]


# ---- Ruby ----


class RubyLogstash(Client):
    name = "ruby-logstash"
    actions = ["ReceiveMessage", "DeleteMessage"]
    posts = None
    gets = [
        "Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
        "Accept: */*",
        "User-Agent: Ruby",
        "Host: {host}",
        "Connection: close",
    ]
    keep_alive = False
    quote = staticmethod(percent)
    common = {"Region": "gz"}
    algorithm = "HmacSHA256"


CLIENTS = [
    GoOfficial,
    GoOfficialUnsigned,
    PhpOfficial,
    PhpOfficialGet,
    PhpOfficialSlash,
    Cpp,
    GoNetkiddy,
    GoFuckingmind,
    GoVenuses,
    GoZyw,
    GoZywSha1,
    GoBaocaixiong,
    GoCmqbeat,
    CsMicrofeel,
    CsOventh,
    CsNethackersh,
    PhpFreyo,
    PhpXutl,
    PhpLinglingqi,
    PhpTakatost,
    NodeDivxpro,
    NodeJintaolee,
    NodeCoolliyong,
    NodeCheedbrands,
    RubyLogstash,
]
