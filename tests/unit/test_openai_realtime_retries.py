import math
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openai_realtime import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APITimeoutError,
    RetryPolicy,
)
from openai_realtime.errors import status_error
from openai_realtime.retries import SPENT_CODES, asked_delay_s

# The first text on a machine builds a table of Unicode; a busy machine is no failure.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "asked_s"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "0"}, 0.0),
        ({"retry-after-ms": "0", "retry-after": "9"}, 0.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:05 GMT"}, 5.0),
        ({"retry-after": "Fri, 15 Jan 2027 09:00:05 +0100"}, 5.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:59:59 GMT"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after": "-0.1"}, None),
    ],
    ids=str,
)
def test_what_an_answer_asks_to_wait(headers: dict[str, str], asked_s: float | None) -> None:
    assert asked_delay_s(headers, now=NOW) == asked_s


def test_a_date_without_a_zone_is_utc_wherever_this_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        headers = {"retry-after": "Fri, 15 Jan 2027 08:00:05 -0000"}
        assert asked_delay_s(headers, now=NOW) == 5.0
    finally:
        monkeypatch.undo()
        time.tzset()


@PATIENT
@given(st.text(max_size=40))
def test_no_header_value_breaks_the_reading(value: str) -> None:
    headers = {"retry-after-ms": value, "retry-after": value}

    asked_s = asked_delay_s(headers, now=NOW)

    assert asked_s is None or (math.isfinite(asked_s) and asked_s >= 0)


@PATIENT
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_every_backoff_lies_between_three_quarters_of_it_and_the_limit(
    retry: int, random: float
) -> None:
    error = APIConnectionError(request_sent=False)

    delay_s = RetryPolicy().delay_s(error, retry, now=NOW, random=random)

    assert 0.375 <= delay_s <= 8.0


def test_what_an_answer_asks_is_not_jittered() -> None:
    error = status_error(429, body=None, headers={"retry-after": "3"})

    assert RetryPolicy().delay_s(error, 4, now=NOW, random=0.9) == 3.0


@pytest.mark.parametrize(
    ("error", "retried", "retried_by_the_careful"),
    [
        (APIConnectionError(request_sent=False), True, True),
        (APIConnectionError(request_sent=True), True, False),
        (APITimeoutError(request_sent=False), True, True),
        (APITimeoutError(request_sent=True), True, False),
        (APIResponseValidationError("no", status_code=200), False, False),
        (APIError("no"), False, False),
    ],
    ids=repr,
)
def test_failures_without_a_status(
    error: APIError, retried: bool, retried_by_the_careful: bool
) -> None:
    assert RetryPolicy().retries(error) is retried
    assert RetryPolicy(after_sending=False).retries(error) is retried_by_the_careful


def test_a_policy_may_name_its_own_statuses() -> None:
    policy = RetryPolicy(statuses=lambda status: status == 418)

    assert policy.retries(status_error(418, body=None, headers={}))
    assert not policy.retries(status_error(500, body=None, headers={}))


@pytest.mark.parametrize("code", sorted(SPENT_CODES))
def test_money_does_not_come_by_waiting(code: str) -> None:
    error = status_error(429, body={"error": {"code": code}}, headers={"x-should-retry": "true"})

    assert not RetryPolicy().retries(error)
