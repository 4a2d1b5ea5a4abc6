"""The records: what they must hold, what they never may, and that no failure of theirs is seen."""

import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from local.aws import LocalAws
from local.template import read_template
from tests.integration.conftest import Stack, event

TEMPLATE = read_template()
SAYS = {
    "client_secret_issued": {
        "caller",
        "profile",
        "endpoint",
        "session_type",
        "session_id",
        "model",
        "ttl_s",
        "expires_at",
        "request_id",
        "upstream_request_id",
        "quota_remaining",
    },
    "request_refused": {"caller", "profile", "endpoint", "status", "code", "request_id"},
}
WORDS_OF_THE_QUERIES = {
    *("filter", "message", "in", "stats", "count", "count_distinct", "sum", "as", "by"),
    *("sort", "desc", "limit"),
}


@pytest.fixture
def records(
    start: Callable[..., Stack], aws: LocalAws
) -> Callable[[], dict[str, list[dict[str, Any]]]]:
    """What is recorded of two secrets and of refusals by contract, policy, quota and authorizer."""

    def made() -> dict[str, list[dict[str, Any]]]:
        stack = start(QUOTA_PER_DAY="2")
        table = TEMPLATE["Resources"]["QuotaTable"]["Properties"]
        aws.create_table(os.environ["QUOTA_TABLE_NAME"], table)
        body = {"session": {"type": "realtime", "model": "m", "instructions": "canary"}}
        stack.post({**body, "expires_after": {"anchor": "created_at", "seconds": 60}})
        stack.invoke(event("no-caller"))
        stack.post({"session": {"type": "realtime", "voice": "canary"}})
        stack.post(body, rawPath="/locked-down/v1/realtime/client_secrets")
        stack.post(body)
        stack.post(body)
        logs = stack.read_logs()
        assert "canary" not in logs
        assert "ek_" not in logs
        found: dict[str, list[dict[str, Any]]] = {}
        for line in logs.splitlines():
            record = json.loads(line)
            found.setdefault(record.get("message", "metrics"), []).append(record)
        return found

    return made


def test_every_issuance_and_refusal_is_one_record(
    records: Callable[[], dict[str, list[dict[str, Any]]]],
) -> None:
    found = records()

    assert [each["ttl_s"] for each in found["client_secret_issued"]] == [60, 600]
    assert [each["code"] for each in found["request_refused"]] == [
        "unauthenticated",
        "unknown_parameter",
        "not_allowed_by_policy",
        "rate_limit_exceeded",
    ]
    nobody, *known = found["request_refused"]
    assert "caller" not in nobody
    for record in [*found["client_secret_issued"], *known]:
        assert SAYS[record["message"]] <= record.keys()
    callers = {each["caller"] for each in [*found["client_secret_issued"], *known]}
    assert [len(caller) for caller in callers] == [32]


def test_one_request_leaves_nothing_in_the_records_of_the_next(stack: Stack) -> None:
    stack.invoke(event("profile"))
    stack.read_logs()

    stack.invoke(event("no-caller"))

    [line] = [line for line in stack.read_logs().splitlines() if "request_refused" in line]
    assert {"caller", "profile", "endpoint"}.isdisjoint(json.loads(line))


def test_the_saved_queries_ask_for_what_is_recorded(
    records: Callable[[], dict[str, list[dict[str, Any]]]],
) -> None:
    recorded = {
        name
        for message, each in records().items()
        if message != "metrics"
        for one in each
        for name in one
    }

    for name, resource in TEMPLATE["Resources"].items():
        if resource["Type"] != "AWS::Logs::QueryDefinition":
            continue
        text = resource["Properties"]["QueryString"]
        made_up = set(re.findall(r"\bas (\w+)", text))
        words = set(re.findall(r"[a-z_]\w*", re.sub(r'"[^"]*"', "", text)))
        assert words - WORDS_OF_THE_QUERIES - made_up <= recorded, name
        messages = set(re.findall(r'"(\w+)"', text))
        assert messages <= {*SAYS, "request_failed"}, name


@pytest.mark.parametrize("broken", ["info", "append_keys"])
def test_a_secret_is_handed_out_even_if_it_cannot_be_recorded(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(stack.app.logger, broken, fail)

    answer = stack.post({})

    assert answer.status == 200
    assert answer.json["value"].startswith("ek_")


def test_a_metric_that_cannot_be_written_is_no_error_either(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("aws_lambda_powertools.metrics.EphemeralMetrics.flush_metrics", fail)

    assert stack.post({}).status == 200
    assert stack.post("[]").status == 400
