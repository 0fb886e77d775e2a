"""The OpenAPI document, read by a validator; and the emulator, called by Schemathesis."""
import copy
import json
import os
import subprocess
import sys

import pytest
import world
from emulator import Emulator
from openapi_spec_validator import OpenAPIV31SpecValidator

WORK = os.environ["CMQ_WORK"]
HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.environ.get("EXAMPLES", "10")
SEED = os.environ.get("SEED", "1")
TOKEN = "openSesame"
# What needs none (emulator/doc/decisions.md, 40; the dashboard, 49).
OPEN = {
    "GET /_emulator/ca.pem", "GET /_emulator/dashboard/{name}", "GET /_emulator/health",
    "POST /_emulator/sink/{name}",
}
BEARER = {"Authorization": "Bearer " + TOKEN}
# Few calls: what they find beside the token has been tried without one.
BRIEF = ["--phases", "examples,fuzzing", "--max-examples", "1", "--continue-on-failure"]


@pytest.fixture(scope="session")
def emulator():
    running = Emulator(os.environ["EMULATOR"], "--poll-time", "virtual")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def document(emulator):
    return world.send(emulator.url, "GET", "/_emulator/openapi.json")


def call(emulator, document, name, *options, **variables):
    """Let Schemathesis call what the document describes. What it reports."""
    described = os.path.join(WORK, name + ".json")
    reported = os.path.join(WORK, name + "-report.json")
    with open(described, "w") as file:
        json.dump(document, file)
    if os.path.exists(reported):
        os.unlink(reported)
    run = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "schemathesis"),
         "--config-file", os.path.join(HERE, "schemathesis.toml"), "run", described,
         "--url", emulator.url, "--seed", SEED, "--request-timeout", "10", "--no-color",
         "--report", "json", "--report-json-path", reported, *options],
        cwd=WORK, env=dict(os.environ, SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=HERE,
                           CALLS=os.path.join(WORK, name + "-calls.json"), **variables),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    print(run.stdout)
    with open(reported) as file:
        return json.load(file)


@pytest.fixture(scope="session")
def report(emulator, document):
    return call(emulator, document, "all", "--max-examples", EXAMPLES, "--continue-on-failure")


@pytest.fixture(scope="session")
def guarded():
    running = Emulator(os.environ["EMULATOR"], "--poll-time", "virtual", "--admin-token", TOKEN)
    yield running
    assert running.stop() == 0


def statuses(name):
    """Those that each operation was answered with."""
    with open(os.path.join(WORK, name + "-calls.json")) as file:
        return {operation: set(counts) for operation, counts in json.load(file).items()}


def operations(document):
    return ["%s %s" % (method.upper(), path)
            for path, item in document["paths"].items() for method in item]


def test_the_document_is_valid(document):
    errors = list(OpenAPIV31SpecValidator(document).iter_errors())
    assert errors == []


def test_every_call_of_the_index_is_in_it(emulator, document):
    calls = world.admin(emulator.url, "GET", "")["calls"]
    assert {"%s %s" % (c["method"], c["path"]) for c in calls} <= set(operations(document))


def test_answers_are_as_the_document_says(report):
    assert report["errors"] == []
    assert report["failures"] == []
    assert report["complete"]


def test_every_operation_was_called(document, report):
    assert report["operations"]["tested"] == len(operations(document))


def test_every_operation_was_called_with_success(document, report):
    never = {"GET /_emulator/ca.pem"}  # there is none without --tls-self-signed
    met = {name for name, told in statuses("all").items() if "200" in told}
    assert set(operations(document)) - met <= never


def test_an_answer_that_is_not_described_is_noticed(emulator, document):
    lie = copy.deepcopy(document)
    queues = lie["components"]["schemas"]["Queues"]
    del queues["properties"]["total"]
    queues["required"].remove("total")
    found = call(emulator, lie, "lie", "--include-name", "GET /_emulator/queues",
                 "--phases", "examples,fuzzing", "--max-examples", "2")
    assert [failure["type"] for failure in found["failures"]] == ["JsonSchemaError"]


def test_the_document_says_the_same_where_a_token_is_needed(guarded, document):
    """All but the time."""
    told = world.send(guarded.url, "GET", "/_emulator/openapi.json", headers=BEARER)
    assert told == document


def test_with_the_token_answers_are_as_the_document_says(guarded, document):
    found = call(guarded, document, "token", *BRIEF, "--header", "Authorization: Bearer " + TOKEN,
                 TOKEN=TOKEN)
    assert found["errors"] == []
    assert found["failures"] == []
    told = statuses("token")
    assert set(operations(document)) <= set(told)
    assert not any("401" in each for each in told.values())


def test_without_the_token_answers_are_as_the_document_says(guarded, document):
    found = call(guarded, document, "no-token", *BRIEF, TOKEN=TOKEN)
    assert found["errors"] == []
    assert found["failures"] == []
    told = statuses("no-token")
    let_in = {name for name in operations(document) if told[name] != {"401"}}
    assert let_in == OPEN
