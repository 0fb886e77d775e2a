"""Requests with chosen headers, by no browser: the rules one by one, and what must still work."""

CLOCK = "GET /_emulator/clock"
FREEZE = "POST /_emulator/clock/freeze"
METRICS = "GET /metrics"
LIST = "GET /?Action=ListQueue"
LIST_V2 = "GET /v2/index.php?Action=ListQueue"
HEALTH = "GET /_emulator/health"

CROSS = ("Sec-Fetch-Site", "cross-site")
SAME_SITE = ("Sec-Fetch-Site", "same-site")
SAME_ORIGIN = ("Sec-Fetch-Site", "same-origin")
TYPED = ("Sec-Fetch-Site", "none")


def host(name):
    return ("Host", name)


def origin(of):
    return ("Origin", of)


def bearer(token):
    return ("Authorization", token)


ALLOWED_HOSTS = [
    "127.0.0.1",
    "10.1.2.3:9267",
    "[::1]",
    "[::1]:9267",
    "localhost",
    "LocalHost:9267",
    "app.localhost",
    "cmq:9267",
    "cmq-queue-gz.api.qcloud.com",
    "cmq.tencentcloudapi.com",
    "cmq.ap-guangzhou.tencentcloudapi.com:9267",
    "gz.tencenttdmq.com",
    "gz.mqcloud.tencentyun.com",
]
FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:9267",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evillocalhost.example",
    "api.qcloud.com.evil.example",
    "notqcloud.com",
]
FOREIGN_ORIGINS = [
    "null",
    "http://evil.example",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://127.0.0.1:{port}.evil.example",
    "http://evil.example/http://127.0.0.1:{port}",
    "file://127.0.0.1:{port}",
    "http://localhost:{port}",
]

OWN = origin("http://127.0.0.1:{port}")

# Each: what it is, requests, headers, the status expected (None: any, but no CORS headers in any
# case), and the admin interface's error code.
PLAIN = [
    ("no browser", [CLOCK, FREEZE, METRICS, LIST, LIST_V2, HEALTH], [], 200, None),
    ("own Origin", [CLOCK, FREEZE, METRICS, LIST], [OWN], 200, None),
    ("own Origin by https", [CLOCK], [origin("https://127.0.0.1:{port}")], 200, None),
    ("own page", [CLOCK, FREEZE, METRICS, LIST], [OWN, SAME_ORIGIN], 200, None),
    ("typed by a person", [CLOCK, METRICS, LIST], [TYPED], 200, None),
    ("image across sites", [CLOCK, METRICS, FREEZE], [CROSS], 403, "foreign-origin"),
    ("image across ports", [CLOCK, METRICS, FREEZE], [SAME_SITE], 403, "foreign-origin"),
    ("image across sites", [LIST, LIST_V2], [CROSS], 403, None),
    ("image across ports", [LIST, LIST_V2], [SAME_SITE], 403, None),
    ("no browser, any Host", [LIST, LIST_V2], [host("cmq.corp.example")], 200, None),
    ("rebound, Host foreign", [LIST], [host("evil.example"), SAME_ORIGIN], 403, None),
    ("rebound, typed", [LIST], [host("evil.example"), TYPED], 403, None),
    (
        "rebound, Origin equals Host",
        [CLOCK, METRICS],
        [host("evil.example:80"), origin("http://evil.example:80")],
        403,
        "foreign-origin",
    ),
    ("preflight, own", ["OPTIONS /_emulator/reset", "OPTIONS /"], [OWN], None, None),
    (
        "preflight, foreign",
        ["OPTIONS /_emulator/reset"],
        [origin("http://evil.example"), ("Access-Control-Request-Method", "POST")],
        403,
        "foreign-origin",
    ),
    (
        "preflight, foreign",
        ["OPTIONS /"],
        [origin("http://evil.example"), ("Access-Control-Request-Method", "POST")],
        403,
        None,
    ),
]
PLAIN += [("Host " + each, [CLOCK, METRICS], [host(each)], 200, None) for each in ALLOWED_HOSTS]
PLAIN += [
    ("Host " + each, [CLOCK, METRICS], [host(each)], 403, "foreign-origin")
    for each in FOREIGN_HOSTS
]
PLAIN += [
    ("Origin " + each, [CLOCK, METRICS], [origin(each)], 403, "foreign-origin")
    for each in FOREIGN_ORIGINS
]
PLAIN += [("Origin " + each, [LIST], [origin(each)], 403, None) for each in FOREIGN_ORIGINS]

MY_NAME = [
    ("Host in --host-names", [CLOCK, METRICS], [host("my.dev.example:80")], 200, None),
    (
        "its own page",
        [CLOCK, FREEZE, LIST],
        [host("my.dev.example"), origin("http://my.dev.example"), SAME_ORIGIN],
        200,
        None,
    ),
    ("another Host", [CLOCK, METRICS], [host("your.dev.example")], 403, "foreign-origin"),
    ("Host that ends like it", [CLOCK], [host("notmy.dev.example")], 403, "foreign-origin"),
]

TOKEN = [
    ("without a token", [CLOCK, FREEZE, METRICS], [], 401, "unauthorized"),
    ("another token", [CLOCK, METRICS], [bearer("Bearer open-sesame!")], 401, "unauthorized"),
    ("half of the token", [CLOCK], [bearer("Bearer open")], 401, "unauthorized"),
    ("no bearer", [CLOCK], [bearer("Basic open-sesame")], 401, "unauthorized"),
    ("the token", [CLOCK, FREEZE, METRICS], [bearer("Bearer open-sesame")], 200, None),
    (
        "the token, foreign Origin",
        [CLOCK, FREEZE],
        [bearer("Bearer open-sesame"), origin("http://evil.example")],
        403,
        "foreign-origin",
    ),
    ("without a token", [HEALTH, LIST], [], 200, None),
]

OFF = [
    ("--admin off", [CLOCK, FREEZE, "GET /_emulator/namespaces"], [], 404, None),
    ("--admin off", [LIST], [], 200, None),
]

# Options of the emulator, and the rows for it.
DIRECT = [
    ([], PLAIN),
    (["--host-names", "my.dev.example"], MY_NAME),
    (["--admin-token", "open-sesame"], TOKEN),
    (["--admin", "off"], OFF),
]
