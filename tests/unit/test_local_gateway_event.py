"""The event made of a request, against events/ and what AWS documents."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from local.authorizers import iam_context
from local.gateway_event import event_of, new_request_id
from local.http_messages import Headers, Request
from local.routes import Route, match, routes_of
from local.settings import Settings
from local.template import Template, read_template

EVENTS = sorted((Path(__file__).parents[2] / "events").glob("*.json"))
ROUTE = Route("POST /v1/realtime/client_secrets", "F")


def made(
    body: bytes = b"", target: str = "/v1/realtime/client_secrets", headers: Headers | None = None
) -> dict[str, Any]:
    request = Request("POST", target, "HTTP/1.1", headers or [], body, "127.0.0.1", 1767225600.5)
    return event_of(request, ROUTE, {}, authorizer=iam_context(), request_id="id")


def shape(value: object) -> object:
    """Keys and JSON types, without the values, headers or claims of one request."""
    if isinstance(value, dict):
        own = ("headers", "claims", "queryStringParameters", "iam")
        return {name: {} if name in own else shape(each) for name, each in value.items()}
    return [] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_each_event_has_the_shape_the_gateway_makes(path: Path) -> None:
    event = json.loads(path.read_text())
    context = event["requestContext"]
    headers = [*event["headers"].items(), *(("cookie", each) for each in event.get("cookies", []))]
    raw = event.get("body", "")
    request = Request(
        context["http"]["method"],
        event["rawPath"] + ("?" + event["rawQueryString"] if event["rawQueryString"] else ""),
        context["http"]["protocol"],
        headers,
        base64.b64decode(raw) if event["isBase64Encoded"] else raw.encode(),
        context["http"]["sourceIp"],
        context["timeEpoch"] / 1000,
    )
    source = read_template()
    routes = routes_of(Template(source, Settings.from_shell({}, source).parameters))
    found = match(routes, request.method, request.path)
    assert found is not None

    again = event_of(
        request,
        found[0],
        found[1],
        authorizer=context.get("authorizer"),
        request_id=context["requestId"],
    )

    assert shape(again) == shape(event)
    varying = ("headers", "requestContext")
    assert {name: each for name, each in again.items() if name not in varying} == {
        name: each for name, each in event.items() if name not in varying
    }
    for name in ("accountId", "domainName", "http", "routeKey", "stage", "time", "timeEpoch"):
        assert again["requestContext"][name] == context[name]


def test_headers_are_lower_case_and_duplicates_joined() -> None:
    headers = made(headers=[("X-One", "a"), ("x-one", "b"), ("Accept", "*/*")])["headers"]

    assert (headers["x-one"], headers["accept"]) == ("a,b", "*/*")


def test_api_gateway_adds_its_own_headers() -> None:
    headers = made(b"{}", headers=[("x-forwarded-for", "192.0.2.7")])["headers"]

    assert headers["x-forwarded-for"] == "192.0.2.7, 127.0.0.1"
    assert headers["content-length"] == "2"
    assert headers["x-amzn-trace-id"].startswith("Root=1-6955b900-")


def test_the_cookie_header_becomes_a_list() -> None:
    event = made(headers=[("Cookie", "a=1; b=2"), ("Cookie", "c=3")])

    assert event["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in event["headers"]


def test_query_parameters_are_decoded_and_joined_and_the_raw_query_is_not() -> None:
    event = made(target="/v1/realtime/client_secrets?a=1&a=2%20x&b=")

    assert event["rawQueryString"] == "a=1&a=2%20x&b="
    assert event["queryStringParameters"] == {"a": "1,2 x", "b": ""}


def test_the_path_is_decoded() -> None:
    event = made(target="/my%20profile/v1/realtime/client_secrets")

    assert event["rawPath"] == "/my profile/v1/realtime/client_secrets"
    assert event["requestContext"]["http"]["path"] == event["rawPath"]


def test_what_is_absent_has_no_key() -> None:
    absent = {"cookies", "queryStringParameters", "pathParameters", "body", "stageVariables"}

    event = made()

    assert not absent & set(event)
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("content_type", "is_base64"),
    [
        ("application/json", False),
        ("Application/JSON; charset=utf-8", False),
        ("text/plain", False),
        ("application/xml", False),
        ("application/javascript", False),
        ("application/x-www-form-urlencoded", True),
        ("application/octet-stream", True),
        ("application/problem+json", True),
        (None, True),
    ],
)
def test_only_text_types_stay_text(content_type: str | None, is_base64: bool) -> None:
    event = made(b"{}", headers=[("content-type", content_type)] if content_type else [])

    assert event["isBase64Encoded"] is is_base64
    assert event["body"] == ("e30=" if is_base64 else "{}")


def test_text_that_is_not_utf_8_keeps_its_bytes() -> None:
    event = made(b'{"a": "\xff"}', headers=[("content-type", "application/json")])

    assert base64.b64decode(event["body"]) == b'{"a": "\xff"}'


def test_an_open_route_has_no_authorizer() -> None:
    request = Request("GET", "/", "HTTP/1.1", [], b"", "127.0.0.1", 0)

    event = event_of(request, Route("GET /", "F"), {}, authorizer=None, request_id="id")

    assert "authorizer" not in event["requestContext"]


def test_request_ids_look_like_api_gateways() -> None:
    assert len(new_request_id()) == 16
    assert new_request_id() != new_request_id()
