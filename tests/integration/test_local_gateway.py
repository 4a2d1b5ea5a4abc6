"""API Gateway's own answers and its HTTP, over real sockets, before a function of three lines."""

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3

from local.cors import Cors
from local.functions import Outcome
from local.gateway import Gateway
from local.pool import ConcurrencyError
from local.routes import Route
from local.throttle import Throttle

MINT = Route("POST /v1/realtime/client_secrets", "Echo")
OPEN = Route("GET /", "Echo", authorization="NONE")
SLOW = Route("POST /slow", "Slow", timeout_s=0.2)
BUSY = Route("POST /busy", "Busy")
BROKEN = Route("POST /broken", "Broken")
MINT_PATH = "/v1/realtime/client_secrets"
ORIGIN = "https://app.example.com"


def echo(event: Mapping[str, Any]) -> Outcome:
    headers = {"content-type": "application/json", "access-control-allow-origin": "*"}
    return Outcome({"statusCode": 200, "headers": headers, "body": json.dumps(event)})


def slow(event: Mapping[str, Any]) -> Outcome:
    time.sleep(0.6)
    return echo(event)


def busy(_: Mapping[str, Any]) -> Outcome:
    raise ConcurrencyError


def broken(_: Mapping[str, Any]) -> Outcome:
    return Outcome({"errorMessage": "canary"}, is_error=True)


@contextmanager
def serving(**options: Any) -> Iterator[Gateway]:
    functions = {"Echo": echo, "Slow": slow, "Busy": busy, "Broken": broken}
    with Gateway([MINT, OPEN, SLOW, BUSY, BROKEN], functions, **options) as gateway:
        yield gateway


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with serving() as gateway:
        yield gateway


def send(gateway: Gateway, raw: bytes) -> bytes:
    """Write bytes, read until the server has nothing more to say."""
    with connected(gateway) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def connected(gateway: Gateway) -> socket.socket:
    port = int(gateway.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def post(gateway: Gateway, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
    return urllib3.request("POST", gateway.url + path, retries=False, **options)


def test_a_request_becomes_an_event_and_the_answer_http(gateway: Gateway) -> None:
    answer = post(gateway, "/v1/realtime/client_secrets?a=1", json={"x": "ü"})

    event = answer.json()
    assert answer.status == 200
    assert json.loads(event["body"]) == {"x": "ü"}
    assert event["queryStringParameters"] == {"a": "1"}
    user = event["requestContext"]["authorizer"]["iam"]["userArn"]
    assert user == "arn:aws:iam::000000000000:user/local"
    assert answer.headers["apigw-requestid"] == event["requestContext"]["requestId"]


def test_an_open_route_asks_nobody(gateway: Gateway) -> None:
    event = urllib3.request("GET", gateway.url).json()

    assert "authorizer" not in event["requestContext"]


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("POST", "/nothing/here", 404, "Not Found"),
        ("GET", MINT_PATH, 404, "Not Found"),
        ("OPTIONS", MINT_PATH, 404, "Not Found"),
        ("POST", "/slow", 503, "Service Unavailable"),
        ("POST", "/busy", 503, "Service Unavailable"),
        ("POST", "/broken", 500, "Internal Server Error"),
    ],
)
def test_own_answers(gateway: Gateway, method: str, path: str, status: int, message: str) -> None:
    answer = urllib3.request(method, gateway.url + path, retries=False)

    assert (answer.status, answer.json()) == (status, {"message": message})
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.headers["apigw-requestid"]) == 16


def test_a_body_over_10_mb_is_413(gateway: Gateway) -> None:
    most = post(gateway, MINT_PATH, body=b"x" * 10 * 1024 * 1024)
    # Sends all of it before it looks for an answer, as many clients do.
    patient = http.client.HTTPConnection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    patient.request("POST", MINT_PATH, body=b"x" * (10 * 1024 * 1024 + 1))
    more = patient.getresponse()

    assert most.status == 200
    assert (more.status, more.read()) == (413, b'{"message":"Request Entity Too Large"}')
    patient.close()


def test_headers_over_10240_bytes_are_431(gateway: Gateway) -> None:
    most = post(gateway, MINT_PATH, headers={"x-long": "x" * 9_900})
    more = post(gateway, MINT_PATH, headers={"x-long": "x" * 10_240})

    assert most.status == 200
    assert (more.status, more.json()["message"]) == (431, "Request Header Fields Too Large")


def test_above_the_stages_throttle_requests_are_429() -> None:
    with serving(throttle=Throttle(rate=0.001, burst=2)) as gateway:
        answers = [post(gateway, MINT_PATH) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"message": "Too Many Requests"}


def test_requests_are_counted_by_route(gateway: Gateway) -> None:
    post(gateway, MINT_PATH, headers={"X-Stainless-Retry-Count": "1"})
    post(gateway, "/broken")
    post(gateway, "/nothing")

    assert gateway.request_counts == {MINT.key: 1, BROKEN.key: 1}
    assert [each.status for each in gateway.handled] == [200, 500, 404]
    assert gateway.handled[0].headers["x-stainless-retry-count"] == "1"


def test_cors_is_the_gateways() -> None:
    cors = Cors(origins=(ORIGIN,), methods=("POST",), headers=("authorization",))
    with serving(cors=cors) as gateway:
        preflight = urllib3.request(
            "OPTIONS",
            f"{gateway.url}/v1/realtime/client_secrets",
            headers={"origin": ORIGIN, "access-control-request-method": "POST"},
        )
        answer = post(gateway, MINT_PATH, headers={"origin": ORIGIN})
        refused = post(gateway, "/nothing", headers={"origin": ORIGIN})
        elsewhere = post(gateway, MINT_PATH, headers={"origin": "null"})

    assert (preflight.status, preflight.data) == (204, b"")
    assert preflight.headers["access-control-allow-headers"] == "authorization"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (404, ORIGIN)
    assert "access-control-allow-origin" not in elsewhere.headers


def test_a_connection_serves_many_requests_quickly(gateway: Gateway) -> None:
    pool = urllib3.HTTPConnectionPool("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    started = time.monotonic()

    for _ in range(50):
        assert pool.request("POST", MINT_PATH, body=b"{}").status == 200

    assert pool.num_connections == 1
    assert time.monotonic() - started < 1.5
    pool.close()


def test_a_chunked_body_is_put_together(gateway: Gateway) -> None:
    headers = {"content-type": "application/json"}
    chunks = iter([b'{"a"', b": 1}"])

    answer = post(gateway, MINT_PATH, body=chunks, headers=headers)

    assert answer.json()["body"] == '{"a": 1}'
    assert answer.json()["headers"]["content-length"] == "8"


def test_expect_100_continue_is_answered(gateway: Gateway) -> None:
    with connected(gateway) as connection:
        connection.sendall(
            b"POST /v1/realtime/client_secrets HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n"
            b"expect: 100-continue\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_two_requests_in_one_packet_get_two_answers(gateway: Gateway) -> None:
    one = b"POST /v1/realtime/client_secrets HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"

    assert send(gateway, one + one).count(b"HTTP/1.1 200 ") == 2


HEAD = b"POST /v1/realtime/client_secrets HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"POST /v1/realtime/client_secrets HTTP/9.9\r\n\r\n",
        HEAD + b"content-length: two\r\n\r\n",
        HEAD + b"content-length: -1\r\n\r\n",
        HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
        HEAD + b"transfer-encoding: gzip\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{}garbage",
        b"BREW /v1/realtime/client_secrets HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
    ids=repr,
)
def test_a_malformed_request_gets_json_and_reaches_no_function(
    gateway: Gateway, raw: bytes
) -> None:
    head, _, body = send(gateway, raw).partition(b"\r\n\r\n")

    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 5"))
    assert "message" in json.loads(body)
    assert not gateway.handled


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        HEAD,
        HEAD + b"content-length: 9\r\n\r\n{}",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{}",
    ],
    ids=repr,
)
def test_a_client_that_leaves_disturbs_nobody(
    gateway: Gateway, raw: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with connected(gateway) as connection:
        connection.sendall(raw)

    assert post(gateway, MINT_PATH).status == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_client_that_does_not_wait_disturbs_nobody(
    gateway: Gateway, capfd: pytest.CaptureFixture[str]
) -> None:
    with connected(gateway) as connection:
        connection.sendall(b"POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
    time.sleep(0.4)

    assert post(gateway, MINT_PATH).status == 200
    assert "Traceback" not in capfd.readouterr().err


def test_http_1_0_is_answered_and_closed(gateway: Gateway) -> None:
    answer = send(
        gateway, b"POST /v1/realtime/client_secrets HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}"
    )

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer


def test_leaving_ends_kept_alive_connections() -> None:
    with serving() as gateway:
        connection = http.client.HTTPConnection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
        connection.request("POST", MINT_PATH, body=b"")
        connection.getresponse().read()

    assert connection.sock.recv(1) == b""
    connection.close()
