"""The OpenAI API key between Secrets Manager and OpenAI."""

import json
from collections.abc import Callable

import pytest

from tests.integration.conftest import API_KEY, Stack

NEW_KEY = "sk-test-canary-fedcba9876543210"


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(API_KEY, id="bare"),
        pytest.param(f"  {API_KEY}\n", id="white-space-around"),
        pytest.param(json.dumps({"api_key": API_KEY, "note": "kept"}), id="json"),
        pytest.param(json.dumps({"api_key": API_KEY, "project": None}), id="json-null-project"),
    ],
)
def test_the_secret_may_be_bare_or_json(start: Callable[..., Stack], secret: str) -> None:
    stack = start(secret)

    assert stack.post({}).status == 200
    assert stack.openai.requests[0].headers["authorization"] == f"Bearer {API_KEY}"


def test_the_secrets_organization_and_project_are_sent(start: Callable[..., Stack]) -> None:
    stack = start(json.dumps({"api_key": API_KEY, "organization": "org-t", "project": "proj_t"}))

    stack.post({})

    [request] = stack.openai.requests
    assert request.headers["openai-organization"] == "org-t"
    assert request.headers["openai-project"] == "proj_t"


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        pytest.param(None, "ResourceNotFoundException", id="no-value"),
        pytest.param("   ", "empty", id="blank"),
        pytest.param('{"api_key": ', "looks like JSON", id="broken-json"),
        pytest.param('{"key": "sk-canary"}', "without a string", id="wrong-key"),
        pytest.param('{"api_key": 5}', "without a string", id="number"),
        pytest.param('["sk-canary"]', "without a string", id="array"),
        pytest.param("sk-canary with blanks", "no header can carry", id="blanks-inside"),
        pytest.param("sk-canary\nsk-canary", "no header can carry", id="two-lines"),
    ],
)
def test_a_useless_secret_is_told_to_the_operator_and_not_to_the_caller(
    start: Callable[..., Stack], secret: str | None, reason: str
) -> None:
    stack = start(secret)

    answer = stack.post({})

    logs = stack.read_logs()
    assert (answer.status, answer.error["code"]) == (503, "api_key_unavailable")
    assert answer.headers["x-should-retry"] == "false"
    assert reason in logs
    assert "sk-canary" not in logs
    assert stack.openai.requests == []


def test_the_next_request_finds_the_key_that_was_put_in_meanwhile(
    start: Callable[..., Stack],
) -> None:
    stack = start(None)
    assert stack.post({}).status == 503

    stack.aws.put_secret(stack.secret_id, API_KEY)

    assert stack.post({}).status == 200


def test_a_replaced_key_is_picked_up_on_the_401_without_a_failed_request(stack: Stack) -> None:
    stack.post({})
    stack.aws.put_secret(stack.secret_id, NEW_KEY)
    stack.openai.accept_keys(NEW_KEY)

    answer = stack.post({})

    assert answer.status == 200
    assert [one.headers["authorization"] for one in stack.openai.requests] == [
        f"Bearer {API_KEY}",
        f"Bearer {API_KEY}",
        f"Bearer {NEW_KEY}",
    ]


def test_a_refused_key_is_our_fault_not_the_callers(stack: Stack) -> None:
    stack.openai.accept_keys(NEW_KEY)

    answer = stack.post({})

    assert (answer.status, answer.error["code"]) == (502, "upstream_authentication_failed")
    assert API_KEY not in answer.body


def test_secrets_manager_down_with_nothing_cached_may_be_tried_again(
    start: Callable[..., Stack],
) -> None:
    stack = start(AWS_ENDPOINT_URL_SECRETS_MANAGER="http://127.0.0.1:9")

    answer = stack.post({})

    assert (answer.status, answer.error["code"]) == (503, "api_key_unavailable")
    assert answer.headers["retry-after"] == "2"
    assert "x-should-retry" not in answer.headers
