"""What every deployment must do. Client secrets live for 10 seconds, and nobody uses them."""

import json
import re
import time

import pytest

from tests.e2e.conftest import Reply, Target

SESSION = {"type": "realtime", "model": "gpt-realtime-2.1"}
TEN_SECONDS = {"anchor": "created_at", "seconds": 10}
MINT = {"expires_after": TEN_SECONDS, "session": SESSION}
HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@pytest.fixture(scope="module")
def minted(target: Target) -> Reply:
    return target.post(MINT)


def test_a_client_secret_lives_for_ten_seconds(minted: Reply) -> None:
    assert minted.status == 200, minted.body
    assert set(minted.json) >= {"value", "expires_at", "session"}
    assert minted.json["value"]
    # The clocks of three machines may differ.
    assert abs(minted.json["expires_at"] - time.time() - 10) < 30
    assert minted.json["session"]["type"] == "realtime"


def test_an_answer_is_not_stored_and_can_be_traced(minted: Reply) -> None:
    check_headers(minted)
    assert minted.headers["content-type"].startswith("application/json")
    assert minted.headers["apigw-requestid"]


def test_a_translation_session_has_a_path_of_its_own(target: Target) -> None:
    body = {"expires_after": TEN_SECONDS, "session": {"model": "gpt-realtime-translate"}}

    answer = target.post(body, path="/v1/realtime/translations/client_secrets")

    assert answer.status == 200, answer.body
    assert answer.json["session"]["type"] == "translation"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/realtime/client_secrets",
        "/v1/realtime/translations/client_secrets",
        "/locked-down/v1/realtime/client_secrets",
        "/locked-down/v1/realtime/translations/client_secrets",
    ],
)
@pytest.mark.parametrize("authorization", [None, "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic YTpi"])
def test_nobody_is_served_without_credentials(
    target: Target, path: str, authorization: str | None
) -> None:
    headers = {"authorization": authorization} if authorization else {}

    answer = target.post(MINT, path=path, signed=False, **headers)

    assert answer.status == (403 if target.token is None else 401)
    assert "value" not in answer.json


def test_a_changed_credential_is_refused(target: Target) -> None:
    if target.token is None:
        forged = {
            "authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/execute-api"
        }
    else:
        head, _, signature = target.token.rpartition(".")
        forged = {"authorization": f"Bearer {head}.{signature[::-1]}"}

    assert target.post(MINT, signed=False, **forged).status in (401, 403)


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"not json", "invalid_json", None),
        (b'{"session": {}, "session": {}}', "invalid_json", None),
        ({"session": {"type": "realtime", "colour": "red"}}, "unknown_parameter", "session.colour"),
        ({"expires_after": {"anchor": "created_at", "seconds": 5}}, None, "expires_after.seconds"),
    ],
    ids=["no JSON", "a key twice", "an unknown field", "too short a life"],
)
def test_a_refusal_has_openais_shape_and_names_the_field(
    target: Target, body: object, code: str | None, param: str | None
) -> None:
    answer = target.post(body)

    assert answer.status == 400, answer.body
    error = answer.json["error"]
    assert {"message", "type", "param", "code"} <= set(error)
    assert error["param"] == param
    assert error["code"] == (code or error["code"])
    check_headers(answer)


def test_a_profile_that_does_not_exist_is_a_404(target: Target) -> None:
    answer = target.post(MINT, path="/no-such-profile/v1/realtime/client_secrets")

    assert (answer.status, answer.json["error"]["code"]) == (404, "profile_not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/realtime/client_secrets"),
        ("PUT", "/v1/realtime/client_secrets"),
        ("POST", "/v1/realtime/sessions"),
        ("POST", "/"),
        ("GET", "/v1/models"),
    ],
)
def test_there_is_nothing_else(target: Target, method: str, path: str) -> None:
    assert target.request(method, path, b"", {}).status == 404


def test_a_page_of_an_allowed_origin_may_call(target: Target) -> None:
    if target.origin is None:
        pytest.skip("ORIGIN names none of the deployment's AllowedOrigins")
    asked = {
        "origin": target.origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-stainless-retry-count",
    }

    preflight = target.request("OPTIONS", "/v1/realtime/client_secrets", b"", asked)
    answer = target.post(b"not json", origin=target.origin)

    assert preflight.status == 204
    for each in (preflight, answer):
        assert each.headers["access-control-allow-origin"] == target.origin
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()


def test_a_page_of_any_other_origin_may_not(target: Target) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}

    preflight = target.request("OPTIONS", "/v1/realtime/client_secrets", b"", asked)
    answer = target.post(b"not json", origin="https://evil.example")

    for each in (preflight, answer):
        assert "access-control-allow-origin" not in each.headers


def test_no_answer_holds_a_key(target: Target, minted: Reply) -> None:
    refused = target.post(b"not json")

    for answer in (minted, refused):
        text = json.dumps(dict(answer.headers)) + answer.body.decode()
        assert not re.search(r"\bsk-[A-Za-z0-9_-]{8,}", text)


def check_headers(answer: Reply) -> None:
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "max-age=" in answer.headers["strict-transport-security"]
    assert answer.headers["x-request-id"]
