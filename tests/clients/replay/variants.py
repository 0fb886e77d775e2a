"""The variants of the signature (sdk-compat 8): which are accepted, leniently and strictly.

Writes what really happened to $CMQ_WORK/variants.json, from which the table of README.md is made.
"""

import json
import os
import time

import signature
from clients import plus, raw
from emulator import SECRET, Emulator, offers
from wire import Wire, encode_request

ACCEPTED = {"lenient": {"V0", "V1", "V2", "V3", "V5", "V8"}, "strict": {"V0"}}
MODES = ["lenient", "strict"]


class Request:
    """A request of a standard client. Each variant changes something about it."""

    verb = "POST"
    path = "/v2/index.php"
    signed_path = None
    algorithm = "HmacSHA1"
    parameters = [("Action", "ListQueue")]
    quote = staticmethod(plus)
    quote_signature = staticmethod(plus)

    def __init__(self, host, nonce):
        self.host = host
        self.pairs = self.parameters + [
            ("SecretId", SECRET[0]),
            ("Nonce", str(nonce)),
            ("Timestamp", str(int(time.time()))),
            ("SignatureMethod", "HmacSHA1"),
        ]

    def signed_host(self):
        return self.host

    def signed_pairs(self):
        return self.pairs

    def signature(self):
        text = signature.string_to_sign(
            self.verb, self.signed_host(), self.signed_path or self.path, self.signed_pairs()
        )
        return signature.sign(text, SECRET[1], self.algorithm)

    def fits(self):
        """Whether the variant shows: a signature with `+` is not one like any other."""
        return "+" not in self.signature()

    def bytes(self):
        sent = ["%s=%s" % (name, self.quote(value)) for name, value in self.pairs]
        sent.append("Signature=" + self.quote_signature(self.signature()))
        body = "&".join(sent).encode()
        headers = [("Host", self.host), ("Content-Length", str(len(body)))]
        return encode_request(self.verb, self.path, headers, body)


class V0(Request):
    difference = "none"
    clients = "all official ones, and most others"


class V1(Request):
    difference = "parameters whose value begins with `@` are left out (POST)"
    clients = "Python, PHP, freyo, xutl, qcloudapi-sdk, when there is such a value"
    parameters = [("Action", "ListQueue"), ("searchWord", "@home")]

    def signed_pairs(self):
        return signature.without_at(self.pairs)


class V2(Request):
    difference = "path `/v2/index.php`, although it is another"
    clients = "PHP by GET, PHP with an endpoint that ends in a slash"
    path = "/v2/index.php/v2/index.php"
    signed_path = "/v2/index.php"


class V3(Request):
    difference = "the host without its port"
    clients = "MicroFeel (C#), linglingqi007, takatost (PHP)"

    def signed_host(self):
        return signature.without_port(self.host)


class V4(Request):
    difference = "`http://` in front of the host"
    clients = "DivXPro (Node)"

    def signed_host(self):
        return "http://" + self.host


class V5(Request):
    difference = "values as they are on the wire, encoded"
    clients = "fuckingmind, venuses (Go)"
    parameters = [("Action", "ListQueue"), ("searchWord", "\u4f60 & %")]

    def signed_pairs(self):
        return signature.encoded(self.pairs, plus)


class V5Raw(V5):
    """venuses by POST: what looks encoded, and is not."""

    difference = "values as they are on the wire, never encoded"
    clients = "venuses (Go) by POST"
    parameters = [("Action", "ListQueue"), ("searchWord", "1%2b1+1")]
    quote = staticmethod(raw)

    def signed_pairs(self):
        return self.pairs


class V6(Request):
    difference = "parameters without a value are left out"
    clients = "none (baocaixiong does not send them either)"
    parameters = [("Action", "ListQueue"), ("searchWord", "")]

    def signed_pairs(self):
        return [(name, value) for name, value in self.pairs if value]


class V7(Request):
    difference = "SHA-256, although `SignatureMethod` says HmacSHA1"
    clients = "zyw (Go), told to use SHA-1"
    algorithm = "HmacSHA256"


class V8(Request):
    difference = "`+` of the signature arrives as a blank"
    clients = "fuckingmind (Go), nethackersh (C#)"
    quote_signature = staticmethod(raw)

    def fits(self):
        return "+" in self.signature()


class V9(Request):
    difference = "an array is signed as one parameter, with commas"
    clients = "cmq-sdk 3 (Node), publishing with tags"
    parameters = [
        ("Action", "PublishMessage"),
        ("topicName", "news"),
        ("msgBody", "x"),
        ("msgTag.0", "a"),
        ("msgTag.1", "b"),
    ]

    def signed_pairs(self):
        return [pair for pair in self.pairs if pair[0][:7] != "msgTag."] + [("msgTag", "a,b")]


VARIANTS = [V0, V1, V2, V3, V4, V5, V5Raw, V6, V7, V8, V9]


def accepted(variant, port):
    """Whether the emulator takes it. Nothing else can be wrong: a topic is there to publish to."""
    host = "127.0.0.1:%d" % port
    for nonce in range(1, 1000):
        request = variant(host, nonce)
        if request.fits():
            break
    wire = Wire(port)
    said = wire.ask(request.bytes()).json()
    wire.close()
    assert said["code"] in (0, 4100), said
    assert said["code"] == 0 or said["message"] == "(10030)authentication failed", said
    return said["code"] == 0


def prepare(port):
    """What V9 publishes to: signed as V0."""
    calls = (
        [("Action", "CreateTopic"), ("topicName", "news")],
        [("Action", "CreateQueue"), ("queueName", "jobs")],
        [
            ("Action", "Subscribe"),
            ("topicName", "news"),
            ("subscriptionName", "sub"),
            ("protocol", "queue"),
            ("endpoint", "jobs"),
            ("notifyContentFormat", "SIMPLIFIED"),
        ],
    )
    for parameters in calls:
        assert accepted(type("Call", (Request,), {"parameters": parameters}), port)


def try_mode(program, mode, found):
    credential = ":".join(SECRET) + "@signatures"
    emulator = Emulator(program, "--credential", credential, "--auth", mode)
    try:
        prepare(emulator.port)
        for variant in VARIANTS:
            found[variant.__name__][mode] = accepted(variant, emulator.port)
    finally:
        assert emulator.stop() == 0


def check(found, variant, mode):
    name = variant.__name__[:2]
    assert found[variant.__name__][mode] == (name in ACCEPTED[mode]), (name, mode, found)
    return 1


def write(found):
    rows = [
        dict(
            variant=each.__name__[:2],
            difference=each.difference,
            clients=each.clients,
            **found[each.__name__]
        )
        for each in VARIANTS
    ]
    with open(os.path.join(os.environ["CMQ_WORK"], "variants.json"), "w") as file:
        json.dump(rows, file, indent=1)


def run(program, counts):
    if not offers(program, "--auth"):
        print("left out the variants of the signature: this emulator verifies none")
        return
    found = {each.__name__: {} for each in VARIANTS}
    for mode in MODES:
        try_mode(program, mode, found)
    for variant in VARIANTS:
        for mode in MODES:
            counts.run("%s, %s" % (variant.__name__, mode), check, found, variant, mode)
    write(found)
