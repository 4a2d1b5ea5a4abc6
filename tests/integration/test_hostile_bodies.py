"""Every hostile body through the whole handler: a row of the error table, and OpenAI not asked."""

import json

import pytest

from broker.json_body import MAX_BYTES
from tests.hostile_bodies import NOT_BASE64, NOT_JSON
from tests.integration.conftest import Stack

TOO_LARGE = ["x" * 10_000_000, " " * (MAX_BYTES + 1), '{"a":"' + "é" * (MAX_BYTES // 2) + '"}']
WRONG_SHAPES = [
    pytest.param({"session": []}, "session", id="session-array"),
    pytest.param({"session": {"type": "nonsense"}}, "session.type", id="unknown-type"),
    pytest.param({"session": {}}, "session.type", id="no-type"),
    pytest.param({"expires_after": {"seconds": 10**400}}, "expires_after.seconds", id="huge"),
    pytest.param({"__proto__": {}}, "__proto__", id="proto"),
    pytest.param({"": 1}, "", id="empty-key"),
    pytest.param({"session": {"type": "realtime", "tools": [None] * 500}}, None, id="500-wrong"),
]


@pytest.mark.parametrize(("raw_body", "says"), NOT_JSON)
def test_what_is_not_json_is_refused(stack: Stack, raw_body: str, says: str) -> None:
    answer = stack.post(raw_body)

    assert (answer.status, answer.error["code"]) == (400, "invalid_json")
    assert says in answer.error["message"]
    assert stack.openai.requests == []


@pytest.mark.parametrize(("raw_body", "says"), NOT_BASE64)
def test_what_is_not_base64_is_refused(stack: Stack, raw_body: str, says: str) -> None:
    answer = stack.post(raw_body, isBase64Encoded=True)

    assert (answer.status, answer.error["code"]) == (400, "invalid_json")
    assert says in answer.error["message"]


@pytest.mark.parametrize("raw_body", TOO_LARGE, ids=["10-MB", "blanks", "two-byte-letters"])
def test_what_is_too_large_is_refused(stack: Stack, raw_body: str) -> None:
    answer = stack.post(raw_body)

    assert (answer.status, answer.error["code"]) == (413, "request_too_large")


@pytest.mark.parametrize(("body", "param"), WRONG_SHAPES)
def test_what_has_the_wrong_shape_is_refused(stack: Stack, body: object, param: str | None) -> None:
    answer = stack.post(json.dumps(body))

    assert answer.status == 400
    assert param is None or answer.error["param"] == param
    assert len(answer.error.get("details", [])) <= 50
    assert stack.openai.requests == []
