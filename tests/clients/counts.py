"""A plugin of pytest: its last line is `N passed, M failed`, as tests/clients/run wants it. A test
whose fixtures fail has failed."""

import pytest

outcomes = {}


def pytest_runtest_logreport(report):
    if report.failed or (report.when == "call" and report.passed):
        if outcomes.get(report.nodeid) != "failed":
            outcomes[report.nodeid] = report.outcome


def pytest_collectreport(report):
    if report.failed:
        outcomes[report.nodeid] = "failed"


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    results = list(outcomes.values())
    print("%d passed, %d failed" % (results.count("passed"), results.count("failed")))
