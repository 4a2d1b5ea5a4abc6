from collections.abc import Callable

import httpx2
import pytest
from openai import OpenAI

from tests.template.cloudformation import read, resolve

CORS = resolve(read(), {"AllowedOrigins": "https://a.example"}).of_type("AWS::ApiGatewayV2::Api")[
    "HttpApi"
]["CorsConfiguration"]
# A browser sets these itself, or sends them to any origin unasked (Fetch standard: forbidden and
# CORS-safelisted request headers). `user-agent` is left out by the Node SDK in a browser.
NEVER_ASKED_FOR = {
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "user-agent",
}
# openai for Node, of its `buildHeaders` and platform headers.
NODE_SDK = {
    "authorization",
    "content-type",
    "openai-organization",
    "openai-project",
    "x-stainless-arch",
    "x-stainless-lang",
    "x-stainless-os",
    "x-stainless-package-version",
    "x-stainless-retry-count",
    "x-stainless-runtime",
    "x-stainless-runtime-version",
    "x-stainless-timeout",
}
CALLS: dict[str, Callable[[OpenAI], object]] = {
    "bare": lambda client: client.realtime.client_secrets.create(),
    "raw": lambda client: client.realtime.client_secrets.with_raw_response.create(),
    "options": lambda client: client.realtime.client_secrets.create(
        timeout=5,
        extra_headers={
            "Idempotency-Key": "once",
            "OpenAI-Beta": "none",
            "OpenAI-Safety-Identifier": "somebody",
        },
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_every_header_of_the_python_sdk_is_allowed(call: str) -> None:
    sent: set[str] = set()

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.update(name.lower() for name in request.headers)
        return httpx2.Response(200, json={"value": "ek_test", "expires_at": 1, "session": {}})

    http_client = httpx2.Client(transport=httpx2.MockTransport(answer))
    with OpenAI(
        api_key="test",
        organization="org",
        project="proj",
        base_url="https://api.example/v1",
        http_client=http_client,
    ) as client:
        CALLS[call](client)

    assert "authorization" in sent
    assert sent - NEVER_ASKED_FOR - set(CORS["AllowHeaders"]) == set()


def test_every_header_of_the_node_sdk_is_allowed() -> None:
    assert NODE_SDK - set(CORS["AllowHeaders"]) == set()


def test_every_header_of_a_signed_request_is_allowed() -> None:
    signed = {"authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}

    assert signed - set(CORS["AllowHeaders"]) == set()


def test_a_page_may_read_what_the_sdks_act_on() -> None:
    read_by_sdks = {"retry-after", "retry-after-ms", "x-request-id", "x-should-retry"}

    assert read_by_sdks - set(CORS["ExposeHeaders"]) == set()


def test_headers_are_listed_once_in_lower_case_and_in_order() -> None:
    for listed in (CORS["AllowHeaders"], CORS["ExposeHeaders"]):
        assert listed == sorted({name.lower() for name in listed})


def test_without_origins_there_is_no_cors() -> None:
    api = resolve(read()).of_type("AWS::ApiGatewayV2::Api")["HttpApi"]

    assert "CorsConfiguration" not in api
