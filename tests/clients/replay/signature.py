"""The signature of the API v2 (common 4), and what clients make of it (sdk-compat 8)."""

import base64
import hashlib
import hmac
import re


def string_to_sign(verb, host, path, pairs):
    """Of a standard client: raw values, sorted by key, `_` in keys as `.`."""
    joined = "&".join(
        "%s=%s" % (key.replace("_", "."), value)
        for key, value in sorted(pairs, key=lambda pair: pair[0].encode())
    )
    return "%s%s%s?%s" % (verb, host, path, joined)


def without_at(pairs):
    """What PHP leaves out: values that look like files to be uploaded."""
    return [(key, value) for key, value in pairs if not value.startswith("@")]


def encoded(pairs, quote):
    return [(key, quote(value)) for key, value in pairs]


def without_port(host):
    return re.sub(":[0-9]+$", "", host)


def sign(text, key, algorithm):
    digest = {"HmacSHA1": hashlib.sha1, "HmacSHA256": hashlib.sha256}[algorithm]
    mac = hmac.new(key.encode(), text.encode("utf-8", "surrogateescape"), digest)
    return base64.b64encode(mac.digest()).decode()
