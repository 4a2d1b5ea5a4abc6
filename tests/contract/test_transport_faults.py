"""What the transport makes of a peer that misbehaves: kind of error, time taken, next request."""

import gc
import gzip
import json
import resource
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from openai_realtime import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    Client,
    ClientSecrets,
    InternalServerError,
    RetryPolicy,
)
from openai_realtime.attempt import Attempt, making
from openai_realtime.connection import Connection
from openai_realtime.transport import Transport
from tests.certificates import Authority
from tests.clocks import FakeClock
from tests.raw_server import Peer, RawServer, Reply, deaf_port, refusing_port, silent
from tests.replies import chunked, drip, flood, gzipped, head, raw, reply, seconds

API_KEY = "sk-test-canary-0123456789"
SECRET = {"value": "ek_test_canary", "expires_at": 1_800_000_600, "session": {"type": "realtime"}}
BODY = json.dumps(SECRET).encode()
MINTED = reply(200, SECRET)
ANSWER = head(200, {"Content-Type": "application/json", "Content-Length": str(len(BODY))}) + BODY
# The scheduler's share of a time limit; what the limit itself allows is asserted beside it.
GRACE_S = 0.1


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


def client_secrets(server: RawServer, **arguments: Any) -> ClientSecrets:
    arguments.setdefault("max_retries", 0)
    arguments.setdefault("base_url", server.base_url)
    return ClientSecrets(Client(API_KEY, **arguments))


def failure(server: RawServer, **arguments: Any) -> Any:
    with pytest.raises((APIConnectionError, APIStatusError, APIResponseValidationError)) as raised:
        client_secrets(server, **arguments).create()
    return raised.value


# ---- time --------------------------------------------------------------------------------------


def hang_before_tls(peer: Peer) -> bool:
    return peer.end("hang")


def drip_a_tls_record(peer: Peer) -> bool:
    """A handshake record that promises 16 KiB, a byte at a time."""
    return drip(b"\x16\x03\x03\x40\x00" + bytes(16384), pause=seconds(0.05))(peer)


@pytest.mark.parametrize(
    ("answer", "status_code"),
    [
        pytest.param(silent, None, id="no_byte"),
        pytest.param(drip(ANSWER, pause=seconds(0.05)), None, id="header_drip"),
        pytest.param(
            flood(head(200, {"Content-Length": "900"}), b" ", 1, then="hang"),
            200,
            id="half_a_body",
        ),
        pytest.param(
            lambda peer: peer.send(ANSWER[: -len(BODY)]) or drip(BODY, pause=seconds(0.05))(peer),
            200,
            id="body_drip",
        ),
        pytest.param(
            drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, pause=seconds(0.01)),
            None,
            id="continue_drip",
        ),
        pytest.param(
            lambda peer: (
                peer.send(head(200, {"Transfer-Encoding": "chunked"}))
                or drip(b"1\r\n \r\n" * 99, pause=seconds(0.05))(peer)
            ),
            200,
            id="chunk_drip",
        ),
    ],
)
def test_an_attempt_ends_at_its_time_out_however_the_answer_drips(
    answer: Reply, status_code: int | None
) -> None:
    with RawServer(answer) as server:
        started_at = time.monotonic()
        error = failure(server, timeout=0.3)
        elapsed_s = time.monotonic() - started_at

    assert isinstance(error, APITimeoutError)
    assert error.request_sent is True
    assert error.status_code == status_code
    assert 0.25 <= elapsed_s <= 0.3 + GRACE_S


@pytest.mark.parametrize("on_connect", [hang_before_tls, drip_a_tls_record])
def test_an_attempt_ends_at_its_time_out_within_the_tls_handshake(
    on_connect: Callable[[Peer], bool],
) -> None:
    with RawServer(on_connect=on_connect) as server:
        started_at = time.monotonic()
        error = failure(server, timeout=0.3, base_url=f"https://127.0.0.1:{server.port}")
        elapsed_s = time.monotonic() - started_at

    assert isinstance(error, APITimeoutError)
    assert error.request_sent is False
    assert 0.25 <= elapsed_s <= 0.3 + GRACE_S


@pytest.mark.parametrize(
    "answer", [drip(ANSWER, pause=seconds(0.05)), silent], ids=["drip", "none"]
)
def test_an_attempt_over_tls_ends_at_its_time_out(
    answer: Reply, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    with RawServer(answer, tls=authority.server_context()) as server:
        started_at = time.monotonic()
        error = failure(server, timeout=0.3)
        elapsed_s = time.monotonic() - started_at

    assert isinstance(error, APITimeoutError)
    assert error.request_sent is True
    assert 0.25 <= elapsed_s <= 0.3 + GRACE_S


def test_connecting_ends_at_the_time_out() -> None:
    with deaf_port() as port, RawServer() as server:
        started_at = time.monotonic()
        error = failure(server, timeout=0.3, base_url=f"http://127.0.0.1:{port}")
        elapsed_s = time.monotonic() - started_at

    assert isinstance(error, APITimeoutError)
    assert error.request_sent is False
    assert 0.25 <= elapsed_s <= 0.3 + GRACE_S


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_that_nobody_reads_ends_at_the_time_out(
    scheme: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    context = authority.server_context()

    def read_nothing(peer: Peer) -> bool:
        if scheme == "https":
            peer.sock = context.wrap_socket(peer.sock, server_side=True)
        peer.stopped.wait()
        return False

    with RawServer(on_connect=read_nothing) as server:
        url, body = f"{scheme}://127.0.0.1:{server.port}/x", bytes(20_000_000)
        transport = Transport(url)
        started_at = time.monotonic()
        with pytest.raises(APITimeoutError) as raised:
            transport.request("POST", url, body=body, headers={}, timeout_s=0.3)
        elapsed_s = time.monotonic() - started_at

    assert raised.value.request_sent is True
    assert 0.25 <= elapsed_s <= 0.3 + GRACE_S


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_second_request_that_nobody_reads_ends_at_the_time_out(
    scheme: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))

    def answer_and_read_no_more(peer: Peer) -> bool:
        MINTED(peer)
        peer.stopped.wait()
        return False

    tls = authority.server_context() if scheme == "https" else None
    with RawServer(answer_and_read_no_more, tls=tls) as server:
        url, body = f"{server.base_url}/x", bytes(20_000_000)
        transport = Transport(url)
        transport.request("POST", url, body=b"{}", headers={}, timeout_s=5.0)
        started_at = time.monotonic()
        with pytest.raises(APITimeoutError):
            transport.request("POST", url, body=body, headers={}, timeout_s=0.3)
        elapsed_s = time.monotonic() - started_at

    assert server.connections == 1
    assert 0.25 <= elapsed_s <= 0.3 + GRACE_S


def test_connecting_takes_five_seconds_at_most() -> None:
    clock = FakeClock()

    def slow_handshake(peer: Peer) -> bool:
        clock.advance(5.1)
        return drip(b"\x16\x03\x03\x00\x10", pause=seconds(0.01))(peer)

    with RawServer(on_connect=slow_handshake) as server:
        url = f"https://127.0.0.1:{server.port}"
        error = failure(server, timeout=600.0, clock=clock, base_url=url)

    assert isinstance(error, APITimeoutError)
    assert error.request_sent is False


def test_the_connect_limit_does_not_reach_the_answer() -> None:
    clock = FakeClock()
    with RawServer(drip(ANSWER, pause=lambda: clock.advance(1))) as server:
        assert client_secrets(server, timeout=600.0, clock=clock).create().value == SECRET["value"]


def test_the_total_time_out_ends_all_attempts_and_waits() -> None:
    with RawServer(reply(500), silent) as server:
        started_at = time.monotonic()
        with pytest.raises(APITimeoutError) as raised:
            client_secrets(server, max_retries=5).create(request_options={"total_timeout": 0.8})
        elapsed_s = time.monotonic() - started_at

    assert len(server.requests) == 2
    assert raised.value.retries_taken == 1
    assert 0.7 <= elapsed_s <= 0.8 + GRACE_S


def test_a_wait_beyond_the_total_time_out_is_not_begun() -> None:
    clock = FakeClock()
    late = reply(500, b"", {"retry-after": "4"})
    with RawServer(late) as server, pytest.raises(InternalServerError):
        client_secrets(server, max_retries=5, clock=clock).create(
            request_options={"total_timeout": 10.0}
        )

    assert clock.sleeps == [4, 4]
    assert len(server.requests) == 3


@pytest.mark.parametrize(("total_s", "waits"), [(4.0, []), (4.1, [4])])
def test_a_wait_that_just_fits_is_taken(total_s: float, waits: list[float]) -> None:
    clock = FakeClock()
    late = reply(500, b"", {"retry-after": "4"})
    with RawServer(late) as server, pytest.raises(InternalServerError):
        client_secrets(server, max_retries=1, clock=clock).create(
            request_options={"total_timeout": total_s}
        )

    assert clock.sleeps == waits


def test_the_attempts_own_time_out_holds_within_the_total() -> None:
    with RawServer(silent) as server:
        started_at = time.monotonic()
        with pytest.raises(APITimeoutError):
            client_secrets(server).create(request_options={"timeout": 0.2, "total_timeout": 30})

    assert time.monotonic() - started_at <= 0.2 + GRACE_S


# ---- name look-up ------------------------------------------------------------------------------


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Stands for the system's resolver: hangs until released, and counts."""

    class Resolver:
        calls = 0
        threads: ClassVar[list[threading.Thread]] = []
        hosts: ClassVar[list[str]] = []
        released = threading.Event()
        error: Exception | None = None

        def __call__(self, host: str, port: int, *_: object, **__: object) -> list[Any]:
            self.calls += 1
            self.threads.append(threading.current_thread())
            self.hosts.append(host)
            self.released.wait(5)
            if self.error:
                raise self.error
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    resolver = Resolver()
    resolver.released.clear()
    resolver.threads.clear()
    resolver.hosts.clear()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    yield resolver
    resolver.released.set()


def test_a_look_up_ends_at_the_time_out(resolver: Any) -> None:
    with RawServer(MINTED) as server:
        url = f"http://slow.test:{server.port}/v1"
        started_at = time.monotonic()
        error = failure(server, timeout=0.3, base_url=url)
        elapsed_s = time.monotonic() - started_at

    assert isinstance(error, APITimeoutError)
    assert error.request_sent is False
    assert 0.2 <= elapsed_s <= 0.3 + GRACE_S


def test_attempts_on_a_dead_resolver_share_one_look_up(resolver: Any) -> None:
    with RawServer(MINTED) as server:
        url = f"http://dead.test:{server.port}/v1"
        for _ in range(3):
            failure(server, timeout=0.05, base_url=url)

        assert resolver.calls == 1
        resolver.released.set()
        assert client_secrets(server, base_url=url).create().value == SECRET["value"]


def test_a_look_up_holds_up_no_exit_and_an_address_needs_none(resolver: Any) -> None:
    resolver.released.set()
    with RawServer(MINTED) as server:
        client_secrets(server, base_url=f"http://XX.test:{server.port}/v1").create()
        client_secrets(server).create()

    look_up, address = resolver.threads
    assert resolver.hosts == ["xx.test", "127.0.0.1"]
    assert look_up.daemon
    assert look_up.name == "lookup-xx.test"
    assert address is threading.current_thread()


def test_urllib3_retries_nothing_by_itself(resolver: Any) -> None:
    resolver.released.set()
    with refusing_port() as port, RawServer() as server:
        failure(server, base_url=f"http://refusing.test:{port}")

    assert resolver.calls == 1


def test_the_warm_path_looks_nothing_up(resolver: Any) -> None:
    resolver.released.set()
    with RawServer(MINTED) as server:
        resource = client_secrets(server, base_url=f"http://quick.test:{server.port}/v1")
        for _ in range(3):
            resource.create()

    assert resolver.calls == 1
    assert server.connections == 1


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        UnicodeError("label empty or too long"),
        OSError("no resolver"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_name_that_is_not_found_is_a_connection_error(resolver: Any, error: Exception) -> None:
    resolver.released.set()
    resolver.error = error
    with RawServer() as server:
        found = failure(server, base_url="http://nobody.test/v1")

    said = type(error).__name__ if type(error) is not socket.gaierror else "not known"
    assert type(found) is APIConnectionError
    assert found.request_sent is False
    assert said in str(found)


@pytest.mark.parametrize("first", ["refuses", "hangs"])
def test_the_next_address_is_tried_within_the_time(
    first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port_of_first = refusing_port() if first == "refuses" else deaf_port()
    with port_of_first as bad_port, RawServer(MINTED) as server:
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
            for port in (bad_port, server.port)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        client_secrets(server, timeout=0.6, base_url="http://two.test/v1").create()


def test_addresses_that_all_hang_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf_port() as port, RawServer() as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 3
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        started_at = time.monotonic()
        error = failure(server, timeout=0.3, base_url="http://three.test")
        elapsed_s = time.monotonic() - started_at

    assert isinstance(error, APITimeoutError)
    assert 0.25 <= elapsed_s <= 0.3 + GRACE_S


def test_a_name_without_an_address_is_a_connection_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with RawServer() as server:
        error = failure(server, base_url="http://empty.test/v1")

    assert type(error) is APIConnectionError
    assert str(error) == "Connection error: NewConnectionError, the name has no address."


def test_an_ipv6_address_is_reached() -> None:
    with RawServer(MINTED, host="::1") as server:
        client_secrets(server).create()

    assert server.requests[0].headers["host"] == f"[::1]:{server.port}"


# ---- answers that break off, or are none -------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "status_code"),
    [
        pytest.param(raw(b"", then="close"), None, id="close_before_the_first_byte"),
        pytest.param(raw(b"", then="reset"), None, id="reset_before_the_first_byte"),
        pytest.param(raw(ANSWER[:20], then="reset"), None, id="reset_mid_header"),
        pytest.param(raw(ANSWER[:9], then="close"), None, id="close_mid_status_line"),
        pytest.param(raw(ANSWER[:-9], then="reset"), 200, id="reset_mid_body"),
        pytest.param(raw(ANSWER[:-9], then="close"), 200, id="close_mid_body"),
        pytest.param(
            raw(head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\n{"), 200, id="close_mid_chunk"
        ),
        pytest.param(
            raw(head(200, {"Transfer-Encoding": "chunked"}) + b"zz\r\n{"), 200, id="chunk_size"
        ),
        pytest.param(raw(b"\x00" * 70_000), None, id="zeros"),
        pytest.param(raw(b"HTTP/1.1 9 No\r\n\r\n"), None, id="status_9"),
        pytest.param(raw(b"HTTP/3.0 200 OK\r\n\r\n"), None, id="http_3"),
        pytest.param(raw(b"220 mail.test ESMTP\r\n"), None, id="another_protocol"),
        pytest.param(
            raw(head(200, {f"x-{number}": "1" for number in range(1000)}) + b"{}"),
            None,
            id="1000_headers",
        ),
        pytest.param(raw(head(200, {"x-long": "a" * 70_000})), None, id="header_of_70_KB"),
    ],
)
def test_an_answer_that_breaks_off_is_a_connection_error(
    answer: Reply, status_code: int | None
) -> None:
    with RawServer(answer, MINTED) as server:
        resource = client_secrets(server, timeout=5.0)
        with pytest.raises(APIConnectionError) as raised:
            resource.create()

        assert type(raised.value) is APIConnectionError
        assert raised.value.request_sent is True
        assert raised.value.status_code == status_code
        assert resource.create().value == SECRET["value"]

    assert server.connections == 2


def test_an_answer_that_is_not_what_its_encoding_says_is_a_connection_error() -> None:
    with RawServer(reply(200, SECRET, {"Content-Encoding": "gzip"})) as server:
        error = failure(server)

    assert type(error) is APIConnectionError
    assert error.status_code == 200


# urllib3 drops the answer without closing it; its socket goes with the next garbage collection.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_two_content_lengths_are_a_connection_error() -> None:
    with RawServer(raw(head(200, {"Content-Length": "5, 6"}) + b"{}   ")) as server:
        error = failure(server)
    gc.collect()

    assert type(error) is APIConnectionError
    assert error.request_sent is True


@pytest.mark.parametrize("status", [300, 429, 503])
@pytest.mark.parametrize("then", ["reset", "close"])
def test_a_refusal_is_known_by_its_status_though_its_body_breaks_off(
    status: int, then: Any
) -> None:
    with RawServer(raw(head(status, {"Content-Length": "9"}) + b"{", then=then)) as server:
        error = failure(server)

    assert isinstance(error, APIStatusError)
    assert error.status_code == status


def test_the_text_says_what_happened() -> None:
    with RawServer(raw(b"", then="close")) as server:
        error = failure(server)

    assert str(error) == (
        "Connection error: ProtocolError, Remote end closed connection without response."
    )


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(200, b""), id="empty"),
        pytest.param(reply(204, b""), id="204"),
        pytest.param(reply(200, b"<html>hello</html>"), id="html"),
        pytest.param(reply(200, b"[]"), id="array"),
        pytest.param(reply(200, b"null"), id="null"),
        pytest.param(reply(200, {"expires_at": 1}), id="no_value"),
        pytest.param(reply(200, {"value": 5, "expires_at": 1}), id="value_5"),
        pytest.param(reply(200, {"value": "", "expires_at": 1}), id="empty_value"),
        pytest.param(reply(200, {"value": "ek_ a", "expires_at": 1}), id="value_with_a_blank"),
        pytest.param(reply(200, {"value": "ek_\ud800", "expires_at": 1}), id="lone_surrogate"),
        pytest.param(reply(200, {"value": "ek_a"}), id="no_expires_at"),
        pytest.param(reply(200, {"value": "ek_a", "expires_at": "12"}), id="expires_at_text"),
        pytest.param(reply(200, {"value": "ek_a", "expires_at": True}), id="expires_at_true"),
        pytest.param(reply(200, b'{"value": "ek_a", "expires_at": NaN}'), id="nan"),
        pytest.param(reply(200, b'{"a":' * 200_000), id="nested_200000_deep"),
        pytest.param(reply(200, b'{"expires_at": ' + b"9" * 5_000 + b"}"), id="5000_digits"),
        pytest.param(reply(200, b'\xff{"value": "ek_a"}'), id="not_utf_8"),
        pytest.param(reply(200, BODY + b" " * (1024 * 1024 + 1 - len(BODY))), id="1_byte_too_long"),
        pytest.param(reply(200, BODY[:-1], {"Content-Length": str(len(BODY) - 1)}), id="cut_off"),
        pytest.param(raw(head(200, {}) + BODY[:-1]), id="no_length_cut_off"),
    ],
)
def test_a_2xx_without_a_usable_secret_says_so_and_is_not_retried(answer: Reply) -> None:
    with RawServer(answer) as server:
        error = failure(server, max_retries=2)

    assert isinstance(error, APIResponseValidationError)
    assert len(server.requests) == 1
    assert "ek_" not in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(MINTED, id="content_length"),
        pytest.param(raw(head(200, {}) + BODY), id="no_length"),
        pytest.param(raw(head(200, {}, "HTTP/1.0") + BODY), id="http_1_0"),
        pytest.param(chunked(200, [BODY[:9], BODY[9:]]), id="chunked"),
        pytest.param(chunked(200, [BODY[i : i + 1] for i in range(len(BODY))]), id="small_chunks"),
        pytest.param(gzipped(200, SECRET), id="gzip"),
        pytest.param(
            chunked(200, [gzip.compress(BODY)], {"Content-Encoding": "gzip"}), id="gzip_chunked"
        ),
        pytest.param(
            raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + ANSWER, then="keep"), id="100_continue"
        ),
        pytest.param(reply(200, {**SECRET, "session": None}), id="session_null"),
        pytest.param(reply(200, {**SECRET, "session": "x"}), id="session_text"),
        pytest.param(reply(200, {**SECRET, "new": [1]}), id="unknown_field"),
        pytest.param(reply(201, SECRET), id="201"),
        pytest.param(reply(200, BODY + b" " * (1024 * 1024 - len(BODY))), id="exactly_1_MiB"),
    ],
)
def test_an_answer_of_any_framing_is_read(answer: Reply) -> None:
    with RawServer(answer) as server:
        client_secret = client_secrets(server).create()

    assert client_secret.value == SECRET["value"]


@pytest.mark.parametrize("status", [101, 102, 103, 199])
def test_an_interim_answer_leaves_no_connection_behind(status: int) -> None:
    late = {**SECRET, "value": "ek_of_the_first_caller"}
    body = json.dumps(late).encode()

    def interim(peer: Peer) -> bool:
        peer.send(head(status, {}))
        time.sleep(0.05)
        peer.send(head(200, {"Content-Length": str(len(body))}) + body)
        return True

    with RawServer(interim, MINTED) as server:
        resource = client_secrets(server)
        with pytest.raises(APIConnectionError):
            resource.create()

        assert resource.create().value == SECRET["value"]


# ---- size --------------------------------------------------------------------------------------

HUNDRED_MB = head(200, {"Content-Length": "100000000"})


def gzip_bomb() -> bytes:
    """50 MB of blanks in 200 kB."""
    return gzip.compress(b" " * 50_000_000, compresslevel=1)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("framing", ["length", "no_length", "chunked", "gzip"])
def test_an_answer_is_read_up_to_1_mib(status: int, framing: str) -> None:
    piece = b"a" * 65536
    bomb = gzip_bomb() if framing == "gzip" else b""
    gzip_head = head(status, {"Content-Encoding": "gzip", "Content-Length": str(len(bomb))})
    answers = {
        "length": flood(head(status, {"Content-Length": "100000000"}), piece, 1525),
        "no_length": flood(head(status, {}), piece, 1525),
        "chunked": flood(
            head(status, {"Transfer-Encoding": "chunked"}), b"10000\r\n" + piece + b"\r\n", 1525
        ),
        "gzip": raw(gzip_head + bomb, then="keep"),
    }
    with RawServer(answers[framing], MINTED) as server:
        tracemalloc.start()
        error = failure(server, timeout=10.0)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert error.status_code == status
    assert isinstance(error, APIResponseValidationError if status == 200 else APIStatusError)
    assert peak_bytes < 8_000_000


# ---- keep-alive --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [
        MINTED,
        reply(400, {"error": {"message": "x" * 100_000}}),
        reply(401),
        reply(429, b"slow"),
        reply(500, b"x" * 1_000),
        reply(307, b"", {"location": "/"}),
        reply(204),
        chunked(503, [b"a", b"b"]),
        gzipped(400, {"error": {}}),
    ],
    ids=["200", "400", "401", "429", "500", "307", "204", "chunked_503", "gzip_400"],
)
def test_a_connection_serves_again_after_a_drained_answer(first: Reply) -> None:
    with RawServer(first, MINTED) as server:
        resource = client_secrets(server)
        for _ in range(2):
            try:
                resource.create()
            except (APIStatusError, APIResponseValidationError):
                continue

    assert len(server.requests) == 2
    assert server.connections == 1


def test_a_connection_sends_small_pieces_at_once() -> None:
    with RawServer() as server, making(Attempt(FakeClock(), None)):
        connection = Connection("127.0.0.1", server.port)
        connection.connect()
        assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        connection.close()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_request_without_a_body_says_nothing_about_one(method: Any) -> None:
    with RawServer(reply(200, {}), MINTED) as server:
        client = Client(API_KEY, base_url=server.base_url, clock=FakeClock())
        answer, retries = client.request(
            method, "things", options={"extra_query": {"limit": 5}, "extra_body": {"a": 1}}
        )
        client.request("POST", "things", {})

    bare, full = server.requests
    assert (answer.status_code, answer.body, retries) == (200, b"{}", 0)
    assert (bare.method, bare.target, bare.body) == (method, "/v1/things?limit=5", b"")
    assert not {"content-type", "content-length", "transfer-encoding"} & bare.headers.keys()
    assert bare.headers["authorization"] == f"Bearer {API_KEY}"
    assert (full.method, full.body, full.headers["content-type"]) == (
        "POST",
        b"{}",
        "application/json",
    )


def test_many_calls_use_one_connection() -> None:
    with RawServer(MINTED) as server:
        resource = client_secrets(server)
        for _ in range(12):
            resource.create()

    assert server.connections == 1


def test_a_connection_the_server_closed_while_idle_fails_no_request() -> None:
    with RawServer(raw(ANSWER, then="close"), MINTED) as server:
        resource = client_secrets(server)
        resource.create()
        assert server.open_connections == 0

        assert resource.create().retries_taken == 0

    assert server.connections == 2


@pytest.mark.parametrize("clock_moves", ["monotonic", "wall"])
def test_a_connection_idle_for_longer_than_its_keep_alive_is_not_used(clock_moves: str) -> None:
    clock = FakeClock()
    with RawServer(MINTED) as server:
        resource = client_secrets(server, clock=clock)
        resource.create()
        clock.advance(30)
        resource.create()
        assert server.connections == 1
        if clock_moves == "monotonic":
            clock.advance(31)
        else:
            clock.set_wall_clock(31)
        resource.create()

    assert server.connections == 2


def test_a_hang_up_while_the_request_is_under_way_is_said_to_be_sent() -> None:
    def hang_up_on_the_second(peer: Peer) -> bool:
        peer.read_request()
        return peer.end("reset")

    def answer_once(peer: Peer) -> bool:
        MINTED(peer)
        return hang_up_on_the_second(peer)

    careful = RetryPolicy(after_sending=False)
    with RawServer(answer_once, MINTED) as server:
        resource = client_secrets(server, max_retries=2, retry_policy=careful)
        resource.create()
        with pytest.raises(APIConnectionError) as raised:
            resource.create()

        assert raised.value.request_sent is True
        assert raised.value.retries_taken == 0
        assert resource.create().value == SECRET["value"]


def test_a_careful_policy_retries_what_was_not_sent() -> None:
    clock = FakeClock()
    careful = RetryPolicy(after_sending=False)
    with refusing_port() as port, RawServer() as server:
        url = f"http://127.0.0.1:{port}"
        error = failure(server, max_retries=1, retry_policy=careful, base_url=url, clock=clock)

    assert error.request_sent is False
    assert error.retries_taken == 1


def test_an_early_refusal_of_a_body_being_sent_is_read() -> None:
    def refuse(peer: Peer) -> bool:
        peer.sock.recv(1000)
        peer.send(head(413, {"Content-Length": "0", "Connection": "close"}))
        peer.sock.shutdown(socket.SHUT_WR)
        peer.wait_for_hang_up()
        return False

    with RawServer(on_connect=refuse) as server, pytest.raises(APIStatusError) as raised:
        client_secrets(server, timeout=5.0).create(session={"x": "y" * 100_000})

    assert raised.value.status_code == 413


# ---- threads, memory and descriptors -----------------------------------------------------------


def test_threads_share_a_client() -> None:
    def answer(peer: Peer) -> bool:
        assert peer.request is not None
        number = peer.request.json["session"]["number"]
        return reply(200, {**SECRET, "value": f"ek_{number}"})(peer)

    got: list[bool] = []
    with RawServer(answer) as server:
        resource = client_secrets(server)

        def call(thread: int) -> None:
            for call in range(20):
                number = f"{thread}-{call}"
                client_secret = resource.create(session={"number": number})
                got.append(client_secret.value == f"ek_{number}")

        threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert got == [True] * 160
    assert server.connections <= 8


def test_no_thread_and_no_descriptor_is_left_behind() -> None:
    faults = [raw(b"", then="reset"), raw(ANSWER[:-9]), reply(500), silent, MINTED]
    threads, descriptors = threading.active_count(), open_descriptors()
    for fault in faults:
        with RawServer(fault) as server:
            client = Client(API_KEY, base_url=server.base_url, timeout=0.1, max_retries=0)
            for _ in range(5):
                try:
                    ClientSecrets(client).create()
                except (APIConnectionError, APIStatusError):
                    continue
            client.close()

    assert threading.active_count() == threads
    assert open_descriptors() <= descriptors


def open_descriptors() -> int:
    """How many of this process's descriptors are open, of the first few hundred."""
    limit = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 512)
    return sum(_is_open(number) for number in range(limit))


def _is_open(number: int) -> bool:
    try:
        socket.socket(fileno=socket.dup(number)).close()
    except OSError:
        return False
    return True
