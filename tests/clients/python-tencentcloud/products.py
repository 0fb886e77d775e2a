"""The official client, told to talk to the emulator; one object for each product.

    tdmq.CreateCmqQueue(QueueName="jobs")

calls the method of the client and returns the answer as dictionaries and lists, with None for what
is null or absent."""

import contextlib
import importlib
import json
import os
import re

import pytest
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

VERSIONS = {"cmq": "v20190304", "tdmq": "v20200217"}
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def plain(value):
    """The client's objects keep a member Name in an attribute _Name."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if hasattr(value, "__dict__"):
        return {name.lstrip("_"): plain(member) for name, member in vars(value).items()}
    return value


class Product:
    @staticmethod
    def module(name, part):
        return importlib.import_module("tencentcloud.%s.%s.%s" % (name, VERSIONS[name], part))

    @staticmethod
    def is_installed(name):
        try:
            Product.module(name, "models")
        except ImportError:
            return False
        return True

    def __init__(
        self, name, secret, sign="TC3-HMAC-SHA256", method="POST", region="ap-guangzhou"
    ):
        http = HttpProfile(protocol="http", endpoint=os.environ["CMQ_HOST"], reqMethod=method)
        profile = ClientProfile(signMethod=sign, httpProfile=http)
        self.models = self.module(name, "models")
        client = getattr(self.module(name, name + "_client"), name.capitalize() + "Client")
        self.client = client(credential.Credential(*secret), region, profile)

    def offers(self, action):
        return hasattr(self.client, action)

    def __getattr__(self, action):
        def call(**parameters):
            request = getattr(self.models, action + "Request")()
            request.from_json_string(json.dumps(parameters))
            answer = plain(getattr(self.client, action)(request))
            assert UUID.fullmatch(answer.pop("RequestId"))
            return answer

        return call

    def raw(self, action, **parameters):
        """A call that the models do not know, or whose parameters they would refuse."""
        return self.client.call_json(action, parameters)["Response"]


@contextlib.contextmanager
def refused(code, message=None):
    """What stands inside must raise the client's exception with this code, and message."""
    with pytest.raises(TencentCloudSDKException) as caught:
        yield
    assert caught.value.get_code() == code, caught.value
    assert message is None or caught.value.get_message() == message
    assert UUID.fullmatch(caught.value.get_request_id())


def expect(said, **members):
    """Values and types: True is not 1."""
    for name, value in members.items():
        assert (type(said[name]), said[name]) == (type(value), value), (name, said)
