"""In a container beside the emulator: ask each host of a list, by HTTP and by HTTPS. Prints how many."""

import http.client
import json
import socket
import ssl
import sys

# Of fast clusters, beside the usual ones (common 1).
FAST = {".public.tencenttdmq.com": (9443,), ".mqadapter.cmq.tencentyun.com": (8080,)}


def ask(connection):
    connection.request("GET", "/v2/index.php?Action=ListQueue")
    answer = json.loads(connection.getresponse().read().decode())
    connection.close()
    if answer["code"] != 0:
        raise AssertionError(answer)


def main(file):
    trusting = ssl.create_default_context(cafile="/tls/ca.pem")
    with open(file) as listed:
        hosts = listed.read().split()
    emulator = socket.gethostbyname("cmq-emulator")
    asked = 0
    for host in hosts:
        if socket.gethostbyname(host) != emulator:
            sys.exit("%s is %s, not %s" % (host, socket.gethostbyname(host), emulator))
        ports = [port for end, more in FAST.items() if host.endswith(end) for port in more]
        if host == "cmq-emulator":
            ports = [9267]
        for port in [80, 443] + ports:
            try:
                if port != 443:
                    ask(http.client.HTTPConnection(host, port, timeout=30))
                if port != 80:
                    ask(http.client.HTTPSConnection(host, port, timeout=30, context=trusting))
            except Exception as problem:
                sys.exit("%s, port %d: %s" % (host, port, problem))
            asked += 1
    print("%d hosts" % len(hosts))


main(sys.argv[1])
