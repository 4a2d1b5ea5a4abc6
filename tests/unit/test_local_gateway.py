"""What the gateway makes of the function's answer, CORS and the stage's throttle."""

import base64
from typing import Any

import pytest

from local.cors import Cors
from local.functions import Outcome
from local.gateway_answer import answer_of
from local.http_messages import Headers, Request, Response
from local.terminal import readable
from local.throttle import Throttle

ORIGIN = "https://app.example.com"
CORS = Cors(
    origins=(ORIGIN,),
    methods=("POST",),
    headers=("authorization", "content-type"),
    exposed=("x-request-id",),
    max_age_s=7200,
)


def request(method: str = "POST", **headers: str) -> Request:
    named: Headers = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(method, "/", "HTTP/1.1", named, b"", "127.0.0.1", 0)


def test_an_answer_in_full() -> None:
    payload = {
        "statusCode": 201,
        "headers": {"X-One": "1", "x-number": 2, "Content-Type": "text/html"},
        "cookies": ["a=1; Secure", "b=2"],
        "body": "<p>",
    }

    response = answer_of(Outcome(payload))

    assert (response.status, response.body) == (201, b"<p>")
    assert response.headers == [
        ("x-one", "1"),
        ("x-number", "2"),
        ("content-type", "text/html"),
        ("set-cookie", "a=1; Secure"),
        ("set-cookie", "b=2"),
    ]


def test_a_base64_body_is_decoded() -> None:
    body = base64.b64encode(b"\x00\xff").decode()

    response = answer_of(Outcome({"statusCode": 200, "body": body, "isBase64Encoded": True}))

    assert response.body == b"\x00\xff"


@pytest.mark.parametrize("name", ["Content-Length", "Connection", "Transfer-Encoding", "Date"])
def test_headers_of_the_connection_are_not_the_functions(name: str) -> None:
    response = answer_of(Outcome({"statusCode": 200, "headers": {name: "1"}, "body": ""}))

    assert [each for each, _ in response.headers] == ["content-type"]


@pytest.mark.parametrize("payload", [{"value": 1}, [1], "text", None, 5], ids=repr)
def test_any_other_json_is_the_body_of_a_200(payload: Any) -> None:
    response = answer_of(Outcome(payload))

    assert response.status == 200
    assert ("content-type", "application/json") in response.headers


@pytest.mark.parametrize(
    "payload",
    [
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": None},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": ["not", "a", "map"]},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
    ],
    ids=str,
)
def test_nonsense_is_a_500(payload: dict[str, Any]) -> None:
    response = answer_of(Outcome(payload))

    assert (response.status, response.body) == (500, b'{"message":"Internal Server Error"}')


def test_a_function_error_is_a_500_that_tells_nothing() -> None:
    response = answer_of(Outcome({"errorMessage": "canary"}, is_error=True))

    assert (response.status, response.body) == (500, b'{"message":"Internal Server Error"}')


def test_a_preflight_is_answered_from_the_configuration() -> None:
    response = CORS.preflight(
        request("OPTIONS", origin=ORIGIN, access_control_request_method="POST")
    )

    assert response is not None
    assert response.status == 204
    assert dict(response.headers) == {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization,content-type",
        "access-control-max-age": "7200",
        "vary": "origin",
    }


def test_a_preflight_from_elsewhere_is_told_nothing() -> None:
    response = CORS.preflight(
        request("OPTIONS", origin="https://evil.example", access_control_request_method="POST")
    )

    assert response is not None
    assert response.headers == []


@pytest.mark.parametrize(
    "other",
    [
        request("POST", origin=ORIGIN, access_control_request_method="POST"),
        request("OPTIONS", origin=ORIGIN),
        request("OPTIONS", access_control_request_method="POST"),
    ],
    ids=["not OPTIONS", "no method", "no origin"],
)
def test_what_is_no_preflight_goes_on(other: Request) -> None:
    assert CORS.preflight(other) is None


def test_the_functions_own_cors_headers_are_ignored() -> None:
    theirs: Headers = [("access-control-allow-origin", "*"), ("x-one", "1")]

    headers = CORS.apply(request(origin=ORIGIN), Response(200, headers=theirs)).headers

    assert ("access-control-allow-origin", ORIGIN) in headers
    assert ("access-control-allow-origin", "*") not in headers
    assert ("access-control-expose-headers", "x-request-id") in headers
    assert ("x-one", "1") in headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ORIGIN + ".evil.example"])
def test_another_origin_gets_no_cors_header(origin: str) -> None:
    headers = CORS.apply(request(origin=origin), Response(200)).headers

    assert headers == []


def test_without_origins_there_is_no_configuration() -> None:
    assert Cors.of(None) is None


def test_the_throttle_lets_a_burst_through_and_then_the_rate() -> None:
    now = [0.0]
    throttle = Throttle(rate=2, burst=3, clock=lambda: now[0])

    burst = [throttle.admits() for _ in range(4)]
    now[0] = 0.5
    later = [throttle.admits() for _ in range(2)]
    now[0] = 100
    rested = [throttle.admits() for _ in range(4)]

    assert burst == [True, True, True, False]
    assert later == [True, False]
    assert rested == [True, True, True, False]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            '{"level":"INFO","location":"x:1","message":"issued","timestamp":"t","ttl_s":600}',
            "  info    issued  ttl_s=600",
        ),
        (
            '{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"Issued"}]}]},"Issued":[1.0]}',
            "  metric  Issued=1.0",
        ),
        (
            '{"level":"ERROR","message":"failed","exception":"Traceback\\nValueError"}',
            "  error   failed\nTraceback\nValueError",
        ),
        ("plain words", "plain words"),
        ('{"neither": "log"}', '{"neither": "log"}'),
        ("[1]", "[1]"),
    ],
)
def test_log_lines_are_readable(line: str, shown: str) -> None:
    assert readable(line) == shown
