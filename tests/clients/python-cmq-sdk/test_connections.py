"""The client's connections, and what it may set about them."""
import pytest
from cmq.account import Account
from cmq.cmq_exception import CMQClientNetworkException
from emulator import SECRET, Emulator, verifying
from support import no_message, send


def socket_of(account):
    return account.get_client().http.conn.sock


def all_calls(account, queue):
    queue.get_attributes()
    account.list_queue()
    send(queue, "one")
    send(queue, "two", "three")
    queue.delete_message(queue.receive_message(3).receiptHandle)
    handles = [m.receiptHandle for m in queue.batch_receive_message(16, 3)]
    queue.batch_delete_message(handles)
    with no_message():
        queue.receive_message(0)
    queue.set_attributes(queue.get_attributes())


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_one_connection_serves_all_calls(account, new_queue, method):
    account.get_client().set_method(method)
    queue = new_queue()
    connected = socket_of(account)
    assert connected is not None
    all_calls(account, queue)
    queue.delete()
    assert socket_of(account) is connected


def test_one_connection_serves_hundreds_of_messages(account, new_queue):
    queue = new_queue()
    connected = socket_of(account)
    for i in range(200):
        send(queue, "message %d" % i)
        message = queue.receive_message(3)
        assert message.msgBody == "message %d" % i
        queue.delete_message(message.receiptHandle)
    assert socket_of(account) is connected


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_without_keep_alive_each_call_connects_anew(account, new_queue, method):
    account.get_client().set_method(method)
    account.get_client().set_keep_alive(False)
    queue = new_queue()
    assert socket_of(account) is None
    all_calls(account, queue)
    assert socket_of(account) is None


@pytest.mark.parametrize("sign", ["sha1", "sha256"])
def test_both_signature_methods(account, new_queue, sign):
    account.set_sign(sign)
    send(new_queue(), "signed")


def test_the_address_may_end_in_a_slash(emulator):
    account = Account(emulator.url + "/", *SECRET)
    assert account.list_queue() == (0, [], "")
    account.get_client().close_connection()


def test_a_restart_between_two_calls(program):
    """The client finds its connection closed and sends its GET again: as a GET whose
    parameters are in the body. The new process must read them there."""
    old = Emulator(program, *verifying(program))
    account = Account(old.url, *SECRET)
    account.get_client().set_method("GET")
    try:
        assert account.list_queue() == (0, [], "")
        connected = socket_of(account)
    finally:
        assert old.stop() == 0
    new = Emulator(program, "--port", str(old.port), *verifying(program))
    try:
        assert account.list_queue() == (0, [], "")
        assert socket_of(account) is not connected
    finally:
        account.get_client().close_connection()
        assert new.stop() == 0


def test_no_emulator_at_all_is_a_network_error(program):
    gone = Emulator(program, *verifying(program))
    assert gone.stop() == 0
    with pytest.raises(CMQClientNetworkException):
        Account(gone.url, *SECRET).list_queue()
