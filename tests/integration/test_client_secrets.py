"""What a caller gets for a good request, and what OpenAI was sent."""

import base64
import json
import re
from collections.abc import Callable

import pytest

from tests.integration.conftest import API_KEY, Stack, event

MINTING_EVENTS = ["realtime", "transcription", "translation", "empty-body", "base64", "jwt-caller"]
ALWAYS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def test_a_signed_in_user_gets_a_client_secret(stack: Stack) -> None:
    answer = stack.invoke(event("realtime"))

    assert answer.status == 200
    assert re.fullmatch(r"ek_[0-9a-f]{32}", answer.json["value"])
    assert isinstance(answer.json["expires_at"], int)
    assert answer.json["session"]["type"] == "realtime"


@pytest.mark.parametrize("name", MINTING_EVENTS)
def test_every_minting_event_mints(stack: Stack, name: str) -> None:
    answer = stack.invoke(event(name))

    assert answer.status == 200
    assert answer.json["value"].startswith("ek_")


def test_openai_is_sent_the_key_from_secrets_manager_and_the_callers_body(stack: Stack) -> None:
    body = (
        '{"session": {"type": "realtime", "instructions": "Sé breve 🎧", "model": "gpt-realtime"}}'
    )

    stack.post(body)

    [request] = stack.openai.requests
    assert request.method == "POST"
    assert request.path == "/v1/realtime/client_secrets"
    assert request.headers["authorization"] == f"Bearer {API_KEY}"
    assert request.body.decode() == json.dumps(
        json.loads(body), ensure_ascii=False, separators=(",", ":")
    )


def test_numbers_nulls_and_order_survive_the_way_to_openai(stack: Stack) -> None:
    body = {
        "session": {
            "tracing": None,
            "type": "realtime",
            "audio": {"output": {"speed": 1}, "input": {"turn_detection": None}},
        },
        "expires_after": {"seconds": 60, "anchor": "created_at"},
    }

    stack.post(body)

    [request] = stack.openai.requests
    assert request.body == json.dumps(body, separators=(",", ":")).encode()


def test_translation_sessions_have_a_path_of_their_own(stack: Stack) -> None:
    answer = stack.invoke(event("translation"))

    assert answer.json["session"]["type"] == "translation"
    [request] = stack.openai.requests
    assert request.path == "/v1/realtime/translations/client_secrets"


@pytest.mark.parametrize("body", [None, "", "  \n", "{}"], ids=["absent", "empty", "blank", "{}"])
def test_no_body_is_an_empty_object(stack: Stack, body: str | None) -> None:
    answer = stack.post(body)

    assert answer.status == 200
    [request] = stack.openai.requests
    assert request.body == b"{}"


def test_a_base64_body_is_the_same_body(stack: Stack) -> None:
    body = base64.b64encode(b'{"session":{"type":"realtime"}}').decode()

    answer = stack.post(body, isBase64Encoded=True)

    assert answer.status == 200
    assert stack.openai.requests[0].body == b'{"session":{"type":"realtime"}}'


def test_no_header_of_the_callers_reaches_openai(stack: Stack) -> None:
    hostile = {
        "authorization": "Bearer callers-own-canary",
        "openai-organization": "org-canary",
        "openai-safety-identifier": "canary",
        "x-stainless-retry-count": "7",
        "cookie": "canary=1",
    }

    stack.post({}, headers=hostile, rawQueryString="canary=1")

    [request] = stack.openai.requests
    assert "canary" not in json.dumps({**request.headers, "authorization": ""})
    assert request.headers["x-stainless-retry-count"] == "0"
    assert "?" not in request.path


def test_every_answer_forbids_caching_and_names_the_request(stack: Stack) -> None:
    issued = stack.post({})
    refused = stack.post("[]")

    for answer in (issued, refused):
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert ALWAYS.items() <= headers.items()
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["x-request-id"]
    assert issued.headers["x-request-id"].startswith("req_")


def test_a_warm_environment_keeps_its_connection_and_its_key(stack: Stack) -> None:
    stack.post({})
    stack.aws.put_secret(stack.secret_id, "sk-test-canary-a-newer-key")

    stack.post({})

    keys = {request.headers["authorization"] for request in stack.openai.requests}
    assert keys == {f"Bearer {API_KEY}"}


def test_mcp_credentials_never_come_back(stack: Stack) -> None:
    stack.openai.mcp_credentials = "echoed"
    tool = {
        "type": "mcp",
        "server_label": "crm",
        "server_url": "https://mcp.example.com",
        "authorization": "mcp-canary-1",
        "headers": {"x-api-key": "mcp-canary-2"},
    }

    answer = stack.post({"session": {"type": "realtime", "tools": [tool]}})

    assert b"mcp-canary-1" in stack.openai.requests[0].body
    assert "mcp-canary" not in answer.body
    assert answer.json["session"]["tools"][0]["server_label"] == "crm"


def test_fields_unknown_to_us_in_openais_answer_are_passed_on(stack: Stack) -> None:
    from local.openai_standin import Answer as Scripted

    new = {"value": "ek_test", "expires_at": 1, "session": {"type": "realtime", "new": 1}, "n": [2]}
    stack.openai.script(Scripted(200, new))

    assert stack.post({}).json == new


def test_an_unknown_field_is_forwarded_where_the_operator_says_so(
    start: Callable[..., Stack],
) -> None:
    from local.openai_standin import Answer as Scripted

    stack = start(UNKNOWN_FIELDS="forward")
    stack.openai.script(Scripted(200, {"value": "ek_test", "expires_at": 1, "session": {}}))

    answer = stack.post({"session": {"type": "realtime", "brand_new": 1}, "also_new": [1]})

    assert answer.status == 200
    assert stack.openai.requests[0].json == {
        "session": {"type": "realtime", "brand_new": 1},
        "also_new": [1],
    }


def test_a_request_without_a_verified_caller_is_refused_before_anything_else(stack: Stack) -> None:
    request_context = {**event("realtime")["requestContext"], "authorizer": None}

    answer = stack.post({"nonsense": 1}, requestContext=request_context)

    assert (answer.status, answer.error["code"]) == (401, "unauthenticated")
    assert stack.openai.requests == []


def test_an_unknown_profile_is_not_found(stack: Stack) -> None:
    answer = stack.post({}, rawPath="/nobody/v1/realtime/client_secrets")

    assert (answer.status, answer.error["code"]) == (404, "profile_not_found")
