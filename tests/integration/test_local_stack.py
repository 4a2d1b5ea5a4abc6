"""The stack as `make run` serves it, in this process: each event, each identity, each parameter."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from openai import OpenAI

from local.aws import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.invoke import main as invoke_main
from local.stack import LocalStack

EVENTS = {path.stem: path for path in (Path(__file__).parents[2] / "events").glob("*.json")}
EXPECTED = {
    "unknown-field": 400,
    "not-json": 400,
    "wrong-type": 400,
    "no-caller": 401,
}
PATH = "/v1/realtime/client_secrets"
BODY = b'{"session":{"type":"realtime","model":"gpt-realtime-2.1"}}'
ORIGIN = "http://localhost:5173"


@pytest.fixture(scope="module")
def log() -> list[str]:
    return []


@pytest.fixture(scope="module")
def stack(log: list[str]) -> Iterator[LocalStack]:
    variables = {"AUTH_MODE": "IAM", "ALLOWED_ORIGINS": ORIGIN, "UNKNOWN_FIELDS": "forward"}
    with LocalStack.from_shell(variables, log=log.append) as stack:
        yield stack


@pytest.fixture(scope="module")
def open_stack(log: list[str]) -> Iterator[LocalStack]:
    with LocalStack.from_shell(
        {"THROTTLE_BURST": "1000", "QUOTA_PER_MINUTE": "0"}, log=log.append
    ) as stack:
        yield stack


def signed_at(url: str, at: float) -> dict[str, str]:
    """Headers of a client whose clock shows *at*."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    request = AWSRequest("POST", url, {"X-Amz-Date": stamp}, BODY)
    request.context["timestamp"] = stamp
    signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "execute-api", "us-east-1")
    signature = signer.signature(
        signer.string_to_sign(request, signer.canonical_request(request)), request
    )
    names = signer.signed_headers(signer.headers_to_sign(request))
    credential = f"Credential={signer.scope(request)}, SignedHeaders={names}"
    authorization = f"AWS4-HMAC-SHA256 {credential}, Signature={signature}"
    return {"X-Amz-Date": stamp, "Authorization": authorization}


def signed(
    url: str, body: bytes = BODY, changes: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Headers as a client signs them; *changes* are what it signs with."""
    request = AWSRequest("POST", url, {"content-type": "application/json"}, body)
    credentials = Credentials(
        changes.get("key_id", ACCESS_KEY_ID), changes.get("secret", SECRET_ACCESS_KEY)
    )
    service, region = changes.get("service", "execute-api"), changes.get("region", "us-east-1")
    SigV4Auth(credentials, service, region).add_auth(request)
    return dict(request.headers.items())


def post(url: str, **options: Any) -> urllib3.BaseHTTPResponse:
    return urllib3.request("POST", url, retries=False, **options)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_function_answers_each_event(open_stack: LocalStack, name: str) -> None:
    event = json.loads(EVENTS[name].read_text())
    pool = open_stack.pools["ClientSecretsFunction"]

    outcome = pool.invoke(event)

    assert not outcome.is_error
    # Which profiles there are is the policy's business.
    expected = (200, 404) if name == "profile" else (EXPECTED.get(name, 200),)
    assert outcome.payload["statusCode"] in expected


def test_the_functions_log_is_captured_and_holds_no_credential(
    open_stack: LocalStack, log: list[str]
) -> None:
    answer = post(open_stack.gateway.url + PATH, body=BODY).json()

    assert open_stack.standin is not None
    key = open_stack.standin.requests[-1].headers["authorization"].removeprefix("Bearer ")
    assert any(answer["session"]["id"] in line for line in log)
    assert not any(answer["value"] in line or key in line for line in log)


def test_the_official_sdk_works_against_it(open_stack: LocalStack) -> None:
    with OpenAI(base_url=f"{open_stack.gateway.url}/v1", api_key="anything") as sdk:
        assert sdk.realtime.client_secrets.create().value.startswith("ek_")


def test_a_signed_request_mints(stack: LocalStack) -> None:
    url = f"{stack.gateway.url}{PATH}"

    answer = post(url, body=BODY, headers=signed(url))

    assert answer.status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"key_id": "SOMEBODYELSE"},
        {"secret": "another-secret"},
        {"service": "s3"},
        {"region": "eu-west-1"},
    ],
    ids=str,
)
def test_a_wrongly_signed_request_is_forbidden(stack: LocalStack, changes: dict[str, str]) -> None:
    url = f"{stack.gateway.url}{PATH}"

    answer = post(url, body=BODY, headers=signed(url, changes=changes))

    assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (-4, 200), (-6, 403), (6, 403)])
def test_a_signature_is_good_for_five_minutes(stack: LocalStack, minutes: int, status: int) -> None:
    url = f"{stack.gateway.url}{PATH}"

    answer = post(url, body=BODY, headers=signed_at(url, time.time() + 60 * minutes))

    assert answer.status == status


@pytest.mark.parametrize("what", ["body", "path", "query", "header", "date"])
def test_what_was_signed_cannot_be_changed(stack: LocalStack, what: str) -> None:
    url = f"{stack.gateway.url}{PATH}"
    headers, body = signed(url), BODY
    match what:
        case "body":
            body = b"{}"
        case "path":
            url = f"{stack.gateway.url}/other{PATH}"
        case "query":
            url += "?a=1"
        case "header":
            headers["content-type"] = "text/plain"
        case "date":
            headers["X-Amz-Date"] = "20200101T000000Z"

    answer = post(url, body=body, headers=headers)

    assert answer.status == 403


@pytest.mark.parametrize("authorization", [None, "Bearer token", "AWS4-HMAC-SHA256 nonsense"])
def test_an_unsigned_request_is_forbidden(stack: LocalStack, authorization: str | None) -> None:
    headers = {"authorization": authorization} if authorization else {}

    answer = post(stack.gateway.url + PATH, body=BODY, headers=headers)

    assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})


def test_a_preflight_needs_no_signature(stack: LocalStack) -> None:
    headers = {"origin": ORIGIN, "access-control-request-method": "POST"}

    answer = urllib3.request("OPTIONS", stack.gateway.url + PATH, headers=headers)

    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "x-stainless-retry-count" in answer.headers["access-control-allow-headers"]


def test_a_parameter_reaches_the_function(stack: LocalStack) -> None:
    url = f"{stack.gateway.url}{PATH}"
    body = b'{"session":{"type":"realtime","brand_new":1}}'

    post(url, body=body, headers=signed(url, body))

    assert stack.standin is not None
    assert stack.standin.requests[-1].json["session"]["brand_new"] == 1


def test_invoke_prints_answer_and_log(capfd: pytest.CaptureFixture[str]) -> None:
    status = invoke_main(["realtime"])

    out, _ = capfd.readouterr()
    assert status == 0
    assert "HTTP 200" in out
    assert '"value": "ek_' in out
    assert "client_secret_issued" in out


@pytest.mark.parametrize("arguments", [["nothing-like-it"], [], ["../events/realtime"]])
def test_invoke_lists_the_events_there_are(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status = invoke_main(arguments)

    _, err = capsys.readouterr()
    assert status == 2
    assert len(err.splitlines()) == 1
    assert all(name in err for name in EVENTS)
