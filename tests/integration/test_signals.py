"""Every metric, made by the function itself; alarms on metrics of ours rest on these tests."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from broker import api_key as api_key_module
from broker.metrics import METRICS, NAMESPACE
from local.aws import LocalAws
from local.openai_standin import Answer as Scripted
from local.openai_standin import openai_error
from local.template import read_template
from tests.integration.conftest import API_KEY, Stack, event
from tests.template.cloudformation import read, resolve
from tests.template.rules.signals import alarms, watched

Start = Callable[..., Stack]
Line = dict[str, Any]
SPENT = openai_error("Spent.", code="insufficient_quota")


def issue(start: Start) -> Stack:
    stack = start()
    stack.post()
    return stack


def answer(*statuses: int, body: Any = b"") -> Callable[[Start], Stack]:
    def scenario(start: Start) -> Stack:
        stack = start()
        stack.openai.script(*(Scripted(status, body) for status in statuses))
        stack.post()
        return stack

    return scenario


def no_upstream(start: Start) -> Stack:
    stack = start(OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    stack.post()
    return stack


def refused_key(start: Start) -> Stack:
    stack = start()
    stack.openai.accept_keys("sk-test-other")
    stack.post()
    return stack


def no_key(start: Start) -> Stack:
    stack = start(secret=None)
    stack.post()
    return stack


def bug(start: Start) -> Stack:
    stack = start(AWS_LAMBDA_FUNCTION_VERSION="7")
    # No request leads to one; a step that is broken does.
    stack.app.session_policy = None  # type: ignore[attr-defined]  # a module's attributes
    stack.post()
    return stack


def stale_key(start: Start) -> Stack:
    stack = start()
    stack.post()
    clock = api_key_module.both_clocks
    later = api_key_module.MAX_AGE_S + 1
    stack.app.api_key._clock = lambda: tuple(now + later for now in clock())
    stack.app.secrets._look_up = _down
    stack.post()
    return stack


def _down(*_: object) -> object:
    raise ConnectionError("no answer")


def quota(requests: int, **variables: str) -> Callable[[Start], Stack]:
    """So many requests, of the stack's table."""

    def scenario(start: Start) -> Stack:
        stack = start(**variables)
        if variables.get("table") != "none":
            _make_table(stack.aws)
        for _ in range(requests):
            stack.post()
        return stack

    return scenario


def not_given_back(start: Start) -> Stack:
    stack = start(QUOTA_PER_DAY="5")
    _make_table(stack.aws)
    stack.openai.script(Scripted(400, openai_error("No.", code="invalid_value")))
    # Of so little time, OpenAI gets its part and the quota none.
    stack.invoke(event("realtime"), timeout_s=2.4)
    return stack


def _make_table(aws: LocalAws) -> None:
    properties = read_template()["Resources"]["QuotaTable"]["Properties"]
    aws.create_table(os.environ["QUOTA_TABLE_NAME"], properties)


# Metric, further dimensions: the request that makes it.
SCENARIOS: dict[tuple[str, tuple[tuple[str, str], ...]], Callable[[Start], Stack]] = {
    ("ClientSecretIssued", ()): issue,
    ("ColdStart", ()): issue,
    ("SecretRead", ()): issue,
    ("UpstreamLatency", ()): issue,
    ("UpstreamAnswered2xx", ()): issue,
    ("UpstreamAnswered3xx", ()): answer(307),
    ("UpstreamAnswered4xx", ()): answer(400),
    ("UpstreamAnswered5xx", ()): answer(500, 500),
    ("UpstreamRetried", ()): answer(500),
    ("UpstreamUnanswered", ()): no_upstream,
    ("UpstreamAuthenticationFailed", ()): refused_key,
    ("RequestRefused", (("reason", "upstream_quota_exhausted"),)): answer(429, body=SPENT),
    ("RequestRefused", (("reason", "api_key_unavailable"),)): no_key,
    ("RequestRefused", (("reason", "quota_unavailable"),)): quota(
        1, QUOTA_PER_DAY="5", table="none"
    ),
    ("InternalError", (("version", "7"),)): bug,
    ("StaleApiKeyUsed", ()): stale_key,
    ("QuotaExceeded", (("limit", "day"),)): quota(2, QUOTA_PER_DAY="1"),
    ("QuotaBypassed", ()): quota(1, QUOTA_PER_DAY="5", QUOTA_FAILURE_MODE="open", table="none"),
    ("QuotaNotGivenBack", ()): not_given_back,
    ("StackQuotaUsed", ()): quota(4, QUOTA_PER_STACK_PER_DAY="5"),
}


@pytest.mark.parametrize(
    ("name", "dimensions"), SCENARIOS, ids=[name + str(dict(d) or "") for name, d in SCENARIOS]
)
def test_the_function_itself_makes_the_metric(
    start: Start, name: str, dimensions: tuple[tuple[str, str], ...]
) -> None:
    stack = SCENARIOS[name, dimensions](start)

    [line, *_] = [each for each in emitted(stack.read_logs()) if name in each]
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == NAMESPACE
    assert set(*directive["Dimensions"]) == {"service", *dict(dimensions)}
    assert {key: line[key] for key in dict(dimensions)} == dict(dimensions)
    assert {"Name": name, "Unit": METRICS[name].unit.value} in directive["Metrics"]


def test_every_metric_is_produced_here() -> None:
    assert {name for name, _ in SCENARIOS} == METRICS.keys()


def test_every_alarm_on_a_metric_of_ours_watches_what_is_produced_here() -> None:
    stack = resolve(read())
    of_ours = [
        (name, tuple(sorted((key, value) for key, value in dimensions.items() if key != "service")))
        for alarm in alarms(stack).values()
        for namespace, name, dimensions in watched(alarm)
        if namespace == NAMESPACE
    ]

    # Each version has a metric of its own.
    made = {(name, _without_version(dimensions)) for name, dimensions in SCENARIOS}
    assert len(of_ours) >= 8
    assert {(name, _without_version(dimensions)) for name, dimensions in of_ours} <= made


def test_every_metric_is_documented_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs/operations.md").read_text()
    rows = re.findall(r"(?m)^\| `(\w+)` \| (\w+) \| (?:`(\w+)` )?\| ", page)

    assert {name: (unit, set(filter(None, [dimension]))) for name, unit, dimension in rows} == {
        name: (metric.unit.value, set(metric.dimensions)) for name, metric in METRICS.items()
    }


def test_a_stack_below_half_of_its_quota_says_nothing_of_it(start: Start) -> None:
    stack = quota(2, QUOTA_PER_STACK_PER_DAY="5")(start)

    assert not any("StackQuotaUsed" in line for line in emitted(stack.read_logs()))


def test_the_stack_quota_is_told_in_percent(start: Start) -> None:
    stack = quota(4, QUOTA_PER_STACK_PER_DAY="5")(start)

    told = [
        line["StackQuotaUsed"] for line in emitted(stack.read_logs()) if "StackQuotaUsed" in line
    ]
    assert told == [[60.0], [80.0]]


def test_no_dimension_tells_who_called(start: Start) -> None:
    stack = issue(start)
    stack.post("[]")

    lines = list(emitted(stack.read_logs()))
    assert len(lines) >= 2
    for line in lines:
        assert {
            key for each in line["_aws"]["CloudWatchMetrics"] for key in each["Dimensions"][0]
        } <= {
            "service",
            "reason",
            "limit",
            "version",
        }
        assert API_KEY not in json.dumps(line)


def emitted(logs: str) -> Iterator[Line]:
    for text in logs.splitlines():
        line = json.loads(text)
        if "_aws" in line:
            yield line


def _without_version(dimensions: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((key, "" if key == "version" else value) for key, value in dimensions)
