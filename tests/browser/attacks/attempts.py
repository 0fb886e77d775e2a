"""What pages try: which page, what for, in which ways.

One thing is not here, since no header tells it from a person's own doing: somebody types the
address of an attacker's server, which redirects to a call of CMQ. A browser then says
`Sec-Fetch-Site: none`."""

# The ways of page.html.
NAVIGATING = ["iframe", "window.open", "GET form"]
EMBEDDING = ["img", "img without Referer", "script", "stylesheet", "redirected img"]
READING = ["fetch", "fetch no-cors", "XMLHttpRequest", "EventSource", "WebSocket"]
GETTING = EMBEDDING + NAVIGATING + READING
SENDING = ["fetch text", "fetch no-cors text", "fetch JSON", "XMLHttpRequest form", "sendBeacon"]
POSTING = SENDING + ["form", "text form", "redirected form"]
DELETING = ["fetch DELETE", "XMLHttpRequest DELETE"]


class Page:
    """A page: where it comes from, and by which name it calls the emulator."""

    def __init__(self, name, origin, target, path="/page", unmarked=False):
        self.name = name
        self.origin = origin
        self.target = target
        self.path = path
        self.unmarked = unmarked  # GETs by it, but for some, could be a person's (see below)
        self.rebound = origin == target  # the name and the port lead to the page's author first
        self.own = False
        self.options = ()


class OwnPage(Page):
    """A page that the emulator could have served itself, so that it may do everything."""

    def __init__(self, name, origin, options=()):
        Page.__init__(self, name, origin, origin)
        self.own = True
        self.options = options


# {internet} is the port of the attacker's server, {emulator} that of the emulator.
#
# A browser sends Sec-Fetch-Site over http only to 127.0.0.0/8 and to localhost, and Origin with a
# GET only from fetch, XMLHttpRequest and the like, across origins. So neither header tells where
# an image of the last four pages comes from. For names there is Host; what is left are addresses,
# where all that an image has of its own is that it is a browser's, and no person's call of CMQ.
PAGES = [
    Page("another port", "http://127.0.0.1:{internet}", "http://127.0.0.1:{emulator}"),
    Page("another site", "http://evil.example:{internet}", "http://127.0.0.1:{emulator}"),
    Page(
        "sandboxed page",
        "http://evil.example:{internet}",
        "http://localhost:{emulator}",
        path="/sandbox",
    ),
    Page(
        "another site, by a name of its own",
        "http://evil.example:{internet}",
        "http://name.evil.example:{emulator}",
    ),
    Page(
        "another site, by 0.0.0.0",
        "http://evil.example:{internet}",
        "http://0.0.0.0:{emulator}",
        unmarked=True,
    ),
    Page(
        "another site, by this machine's address",
        "http://evil.example:{internet}",
        "http://10.9.8.7:{emulator}",
        unmarked=True,
    ),
    Page("rebound name", "http://rebound.example:{emulator}", "http://rebound.example:{emulator}"),
]

OWN_PAGES = [
    OwnPage("page of 127.0.0.1", "http://127.0.0.1:{emulator}"),
    OwnPage("page of localhost", "http://localhost:{emulator}"),
    OwnPage("page of this machine's address", "http://10.9.8.7:{emulator}"),
    OwnPage(
        "page of a name in --host-names",
        "http://my.dev.example:{emulator}",
        options=["--host-names", "my.dev.example"],
    ),
]


class Goal:
    """Something to get: the requests that do it, and the ways for them.

    A request is a target, and a body for ways that have one."""

    def __init__(self, name, ways, *requests):
        self.name = name
        self.ways = ways
        self.requests = requests


INTRANET = "Action=Subscribe&topicName=news&subscriptionName=spy&protocol=http" + (
    "&endpoint=http%3A%2F%2F127.0.0.1%3A{intranet}%2F"
)
PUBLISH = "Action=PublishMessage&topicName=news&msgBody=formatted"
DELETE_QUEUE = "Action=DeleteQueue&queueName=victim"
RECEIVE = "Action=ReceiveMessage&queueName=victim"

GOALS = [
    Goal("delete a queue by GET", GETTING, ("/?" + DELETE_QUEUE, "")),
    Goal("delete a queue by POST", POSTING, ("/", DELETE_QUEUE)),
    Goal("delete a queue, other path", ["img", "form"], ("/v2/index.php?" + DELETE_QUEUE, "")),
    Goal(
        "take a message by GET",
        ["img", "iframe", "fetch", "fetch no-cors", "XMLHttpRequest"],
        ("/?" + RECEIVE, ""),
    ),
    Goal("take a message by POST", ["fetch text", "fetch JSON", "form"], ("/", RECEIVE)),
    Goal("push into the intranet by GET", ["img"], ("/?" + INTRANET, ""), ("/?" + PUBLISH, "")),
    Goal("push into the intranet by POST", POSTING, ("/", INTRANET), ("/", PUBLISH)),
    Goal("reset", POSTING, ("/_emulator/reset", "")),
    Goal("freeze the clock", ["fetch no-cors text", "form"], ("/_emulator/clock/freeze", "")),
    Goal("make a namespace", SENDING, ("/_emulator/namespaces", '{"name":"evil"}')),
    Goal("purge a queue", DELETING, ("/_emulator/queues/victim/messages", "")),
    Goal("read secret keys", GETTING, ("/_emulator/namespaces", "")),
    Goal(
        "look at the messages",
        ["script", "iframe", "fetch", "XMLHttpRequest"],
        ("/_emulator/queues/victim/messages", ""),
    ),
    Goal("read the metrics", ["script", "iframe", "fetch", "EventSource"], ("/metrics", "")),
]

# For pages of the emulator's own origin.
OWN_GOALS = [
    Goal(
        "look at the messages",
        ["fetch", "XMLHttpRequest"],
        ("/_emulator/queues/victim/messages", ""),
    ),
    Goal("read the metrics", ["fetch"], ("/metrics", "")),
    Goal("freeze the clock", ["fetch text", "fetch JSON", "form"], ("/_emulator/clock/freeze", "")),
    Goal("make a namespace", ["fetch JSON"], ("/_emulator/namespaces", '{"name":"mine"}')),
    Goal("purge a queue", DELETING, ("/_emulator/queues/victim/messages", "")),
    Goal("delete a queue by POST", ["fetch text"], ("/", DELETE_QUEUE)),
]
