"""Every failure of OpenAI's, and the row of the error table it becomes."""

from collections.abc import Callable
from typing import Any

import pytest

from local.openai_standin import Answer as Scripted
from local.openai_standin import openai_error
from tests.integration.conftest import API_KEY, Stack

OK = {"value": "ek_test", "expires_at": 1, "session": {"type": "realtime"}}


def failing(status: int, code: str | None = None, **headers: str) -> Scripted:
    body = openai_error("Words of OpenAI's about proj_abcdef123 and sk-canary-12345678.", code=code)
    return Scripted(
        status, body, {name.replace("_", "-"): value for name, value in headers.items()}
    )


PASSED_ON = [
    pytest.param(400, "invalid_value", id="400"),
    pytest.param(413, None, id="413"),
    pytest.param(422, None, id="422"),
    pytest.param(403, "model_not_found", id="403-model"),
    pytest.param(404, "model_not_found", id="404-model"),
]

# OpenAI's answer, then ours: status, code, x-should-retry, and how often OpenAI was asked.
TABLE = [
    pytest.param(failing(409), 409, None, "false", 1, id="409"),
    pytest.param(failing(401), 502, "upstream_authentication_failed", "false", 1, id="401"),
    pytest.param(failing(403), 502, "upstream_authentication_failed", "false", 1, id="403"),
    pytest.param(failing(400, "identifier_blocked"), 403, "user_blocked", None, 1, id="blocked"),
    pytest.param(
        failing(429, "insufficient_quota"), 503, "upstream_quota_exhausted", "false", 1, id="spent"
    ),
    pytest.param(
        failing(429, "rate_limit_exceeded"), 429, "rate_limit_exceeded", None, 1, id="429"
    ),
    pytest.param(failing(500), 502, "upstream_error", None, 2, id="500"),
    pytest.param(failing(502), 502, "upstream_error", None, 2, id="502"),
    pytest.param(failing(503), 502, "upstream_error", None, 2, id="503"),
    pytest.param(failing(504), 502, "upstream_error", None, 1, id="504"),
    pytest.param(failing(599), 502, "upstream_error", None, 1, id="599"),
    pytest.param(failing(408), 504, "upstream_timeout", "false", 1, id="408"),
    pytest.param(failing(404), 502, "upstream_invalid_response", "false", 1, id="404"),
    pytest.param(failing(418), 502, "upstream_invalid_response", "false", 1, id="418"),
    pytest.param(failing(304), 502, "upstream_invalid_response", "false", 1, id="304"),
    pytest.param(
        failing(307, location="http://127.0.0.1:9/"),
        502,
        "upstream_invalid_response",
        "false",
        1,
        id="307",
    ),
]

UNUSABLE = [
    pytest.param(b"", id="empty"),
    pytest.param(b"<html>", id="html"),
    pytest.param(b"[]", id="array"),
    pytest.param(b"null", id="null"),
    pytest.param(b'{"value": NaN, "expires_at": 1}', id="nan"),
    pytest.param({**OK, "value": 5}, id="value-number"),
    pytest.param({**OK, "value": ""}, id="value-empty"),
    pytest.param({**OK, "expires_at": None}, id="expires-null"),
    pytest.param({**OK, "expires_at": "12"}, id="expires-string"),
    pytest.param(b"[" * 200_000, id="deep"),
    pytest.param(b" " * 1_100_000, id="over-1-MiB"),
]


@pytest.mark.parametrize(("status", "code"), PASSED_ON)
def test_what_openai_says_of_the_callers_request_is_passed_on(
    stack: Stack, status: int, code: str | None
) -> None:
    stack.openai.script(failing(status, code))

    answer = stack.post({})

    assert answer.status == status
    assert answer.error == {
        "message": "Words of OpenAI's about <redacted> and <redacted>.",
        "type": "invalid_request_error",
        "param": None,
        "code": code,
    }
    assert "x-should-retry" not in answer.headers


@pytest.mark.parametrize(("scripted", "status", "code", "should_retry", "calls"), TABLE)
def test_each_failure_of_openais_has_its_row(
    stack: Stack,
    scripted: Scripted,
    status: int,
    code: str | None,
    should_retry: str | None,
    calls: int,
) -> None:
    stack.openai.script(scripted, scripted)

    answer = stack.post({})

    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.headers.get("x-should-retry") == should_retry
    assert len(stack.openai.requests) == calls
    assert answer.headers["x-request-id"].startswith("req_")
    assert "canary" not in answer.body + stack.read_logs()


@pytest.mark.parametrize("body", UNUSABLE)
def test_a_2xx_without_a_usable_secret_is_not_retried(stack: Stack, body: Any) -> None:
    stack.openai.script(Scripted(200, body))

    answer = stack.post({})

    assert (answer.status, answer.error["code"]) == (502, "upstream_invalid_response")
    assert answer.headers["x-should-retry"] == "false"
    assert len(stack.openai.requests) == 1


def test_a_passing_failure_is_retried_once_and_the_person_never_knows(stack: Stack) -> None:
    stack.openai.script(failing(503))

    answer = stack.post({})

    assert answer.status == 200
    assert [one.headers["x-stainless-retry-count"] for one in stack.openai.requests] == ["0", "1"]


@pytest.mark.parametrize(
    ("asked", "retry_after", "retry_after_ms", "should_retry"),
    [
        pytest.param({}, None, None, None, id="no-word"),
        pytest.param({"retry-after": "3"}, "3", "3000", None, id="short"),
        pytest.param({"retry-after-ms": "250"}, "1", "250", None, id="ms"),
        pytest.param({"retry-after": "20"}, "20", None, "false", id="long"),
        pytest.param({"retry-after": "nonsense"}, None, None, None, id="nonsense"),
        pytest.param({"x-should-retry": "false"}, None, None, "false", id="forbidden"),
    ],
)
def test_openais_rate_limit_is_told_so_that_every_sdk_obeys(
    stack: Stack,
    asked: dict[str, str],
    retry_after: str | None,
    retry_after_ms: str | None,
    should_retry: str | None,
) -> None:
    body = openai_error("Rate limit reached.", code="rate_limit_exceeded", kind="requests")
    stack.openai.script(Scripted(429, body, asked))

    answer = stack.post({})

    assert (answer.status, answer.error["type"]) == (429, "requests")
    assert answer.headers.get("retry-after") == retry_after
    assert answer.headers.get("retry-after-ms") == retry_after_ms
    assert answer.headers.get("x-should-retry") == should_retry


def test_an_unreachable_openai_may_be_tried_again_soon(start: Callable[..., Stack]) -> None:
    stack = start(OPENAI_BASE_URL="http://127.0.0.1:9/v1")

    answer = stack.post({})

    assert (answer.status, answer.error["code"]) == (502, "upstream_unreachable")
    assert answer.headers["retry-after-ms"] == "1000"
    assert "x-should-retry" not in answer.headers
    assert "127.0.0.1" not in answer.body


def test_a_slow_openai_is_given_up_before_lambda_gives_us_up(stack: Stack) -> None:
    stack.openai.script(Scripted(200, OK, delay_s=3))

    answer = stack.invoke({**_realtime(), "body": "{}"}, timeout_s=1.5)

    assert (answer.status, answer.error["code"]) == (504, "upstream_timeout")
    assert answer.headers["x-should-retry"] == "false"
    assert len(stack.openai.requests) == 1


def test_a_bug_of_ours_is_a_500_without_a_word_about_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("canary in the bug's own words")

    monkeypatch.setattr(stack.app, "caller_of", broken)

    answer = stack.post({})

    assert (answer.status, answer.error["code"]) == (500, "internal_error")
    assert answer.headers["x-should-retry"] == "false"
    assert "canary" not in answer.body
    assert "RuntimeError" in stack.read_logs()


def _realtime() -> dict[str, Any]:
    from tests.integration.conftest import event

    return event("realtime")


def test_a_credential_on_the_edge_of_a_long_message_is_not_cut_in_half(stack: Stack) -> None:
    edge = "x" * 3991 + f" {API_KEY}"
    stack.openai.script(Scripted(400, openai_error(edge, code="invalid_value")))

    answer = stack.post({})

    assert answer.status == 400
    assert API_KEY[:6] not in answer.body
