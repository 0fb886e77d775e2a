"""Signatures, where the namespace has credentials: who is let in, and what the others hear."""

import json
import urllib.request

import pytest
from emulator import SECRET, offers
from support import refused, send


@pytest.fixture(autouse=True)
def verified(program):
    if not offers(program, "--credential"):
        pytest.skip("this emulator verifies no signatures")


def test_a_wrong_key_is_refused_and_changes_nothing(new_account, new_queue, admin):
    queue = new_queue()
    with refused(4100, "(10030)authentication failed"):
        send(new_account(secret_key="wrong").get_queue("jobs"), "not mine")
    with refused(4100, "(10030)authentication failed"):
        new_account(secret_key=SECRET[1].upper()).list_queue()
    assert admin.messages("jobs")["total"] == 0
    send(queue, "mine")
    assert admin.messages("jobs")["total"] == 1


@pytest.mark.parametrize("sign", ["sha1", "sha256"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_wrong_key_with_each_method(new_account, sign, method):
    for key, code in ((SECRET[1], 0), ("wrong", 4100)):
        account = new_account(secret_key=key)
        account.set_sign(sign)
        account.get_client().set_method(method)
        if code:
            with refused(code, "(10030)authentication failed"):
                account.list_queue()
        else:
            assert account.list_queue() == (0, [], "")


def test_an_unknown_id_is_refused(new_account):
    with refused(4100, "(10270)secret id is not existed"):
        new_account(secret_id="AKIDnobody").list_queue()


def test_a_key_of_another_namespace_is_wrong(new_account, admin):
    made = admin.create_namespace()
    try:
        assert new_account(
            secret_id=made["secretId"], secret_key=made["secretKey"]
        ).list_queue() == (
            0,
            [],
            "",
        )
        with refused(4100, "(10030)authentication failed"):
            new_account(secret_id=made["secretId"], secret_key=SECRET[1]).list_queue()
    finally:
        admin.drop_namespace(made["namespace"])


@pytest.mark.parametrize(
    "query, missing",
    [
        ("", "SecretId"),
        ("&SecretId=" + SECRET[0], "Timestamp"),
        ("&SecretId=%s&Timestamp=1" % SECRET[0], "Nonce"),
        ("&SecretId=%s&Timestamp=1&Nonce=1" % SECRET[0], "Signature"),
    ],
)
def test_an_unsigned_call_is_refused(emulator, query, missing):
    url = emulator.url + "/v2/index.php?Action=ListQueue" + query
    with urllib.request.urlopen(url) as answer:
        said = json.loads(answer.read().decode())
    assert said["code"] == 4000
    assert said["message"].startswith("(10390)") and missing in said["message"]
    assert "totalCount" not in said


@pytest.mark.parametrize(
    "body", ["@begins with an at sign", "a+b c%20d&e=f", "\u4f60\u597d", "_ . ~ * /"]
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_what_a_body_holds_does_not_matter(account, new_queue, body, method):
    """On POST the client leaves values that begin with @ out of its signature."""
    account.get_client().set_method(method)
    queue = new_queue()
    send(queue, body)
    send(queue, body, body + "2")
    assert [queue.receive_message(0).msgBody for _ in range(3)] == [body, body, body + "2"]


def test_bytes_are_signed_as_python_prints_them(new_queue, admin):
    """With a body of bytes, and whenever it encodes bodies, the client signs `b'...'` and sends
    what is inside. No server can take that for its signature."""
    queue = new_queue()
    with refused(4100, "(10030)authentication failed"):
        send(queue, b"bytes")
    queue.set_encoding(True)
    with refused(4100, "(10030)authentication failed"):
        send(queue, b"encoded")
    assert admin.messages("jobs")["total"] == 0
