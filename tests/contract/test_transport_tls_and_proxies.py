"""Whom the transport trusts, and by which way it goes."""

import base64
import logging
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest

from openai_realtime import APIConnectionError, APITimeoutError, Client, ClientSecrets
from openai_realtime.connection import tls_context
from tests.certificates import Authority
from tests.raw_server import Peer, RawServer, silent
from tests.replies import drip, flood, head, raw, reply, seconds

API_KEY = "sk-test-canary-0123456789"
SECRET = {"value": "ek_test_canary", "expires_at": 1_800_000_600, "session": {}}
MINTED = reply(200, SECRET)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def _trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))


def create(base_url: str, **arguments: Any) -> Any:
    client = Client(API_KEY, base_url=base_url, max_retries=0, timeout=5.0, **arguments)
    try:
        return ClientSecrets(client).create()
    finally:
        client.close()


def failure(base_url: str) -> APIConnectionError:
    with pytest.raises(APIConnectionError) as raised:
        create(base_url)
    return raised.value


# ---- TLS ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_trusted")
def test_a_certificate_of_a_trusted_authority_is_accepted(authority: Authority) -> None:
    with RawServer(MINTED, tls=authority.server_context()) as server:
        client = Client(API_KEY, base_url=server.base_url)
        for _ in range(3):
            assert ClientSecrets(client).create().value == SECRET["value"]

    assert server.connections == 1


@pytest.mark.usefixtures("_trusted")
def test_the_first_request_waits_for_the_authorities_to_be_read(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ssl.SSLContext.load_default_certs

    def read_slowly(context: ssl.SSLContext) -> None:
        time.sleep(0.2)
        read(context)

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", read_slowly)
    with RawServer(MINTED, tls=authority.server_context()) as server:
        assert create(server.base_url).value == SECRET["value"]


@pytest.mark.parametrize(
    "context_of",
    [
        pytest.param(
            lambda authority: authority.server_context(self_signed=True), id="self_signed"
        ),
        pytest.param(lambda authority: authority.server_context(days=(-9, -1)), id="expired"),
        pytest.param(lambda authority: authority.server_context(days=(1, 9)), id="not_yet_valid"),
        pytest.param(
            lambda authority: authority.server_context("other.test", address=None), id="other_name"
        ),
        pytest.param(
            lambda authority: authority.server_context(newest=ssl.TLSVersion.TLSv1_1), id="tls_1_1"
        ),
    ],
)
@pytest.mark.usefixtures("_trusted")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_a_peer_that_does_not_verify_is_sent_nothing(
    context_of: Callable[[Authority], ssl.SSLContext], authority: Authority
) -> None:
    with RawServer(MINTED, tls=context_of(authority)) as server:
        error = failure(server.base_url)

    assert error.request_sent is False
    assert server.requests == []


def test_an_unknown_authority_is_not_trusted(authority: Authority) -> None:
    with RawServer(MINTED, tls=authority.server_context()) as server:
        error = failure(server.base_url)

    assert "certificate verify failed" in str(error)
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYTHONHTTPSVERIFY", "0"),
        ("REQUESTS_CA_BUNDLE", ""),
        ("CURL_CA_BUNDLE", ""),
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
    ],
)
def test_no_variable_switches_verification_off(
    name: str, value: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with RawServer(MINTED, tls=authority.server_context()) as server:
        failure(server.base_url)

    assert server.requests == []


def test_the_context_verifies_names_certificates_and_version() -> None:
    context = tls_context()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_session_keys_are_written_to_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))

    assert tls_context().keylog_filename is None


def test_plain_http_to_a_tls_port_is_a_connection_error(authority: Authority) -> None:
    with RawServer(MINTED, tls=authority.server_context()) as server:
        failure(server.base_url.replace("https", "http"))


def test_tls_to_a_plain_http_port_is_a_connection_error() -> None:
    with RawServer(on_connect=raw(b"HTTP/1.1 400 No\r\n\r\n")) as server:
        error = failure(server.base_url.replace("http", "https"))

    assert error.request_sent is False


# ---- proxies -----------------------------------------------------------------------------------


def tunnel(peer: Peer) -> bool:
    """A proxy that does as CONNECT says."""
    request = peer.request
    assert request is not None
    host, port = request.target.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as upstream:
        peer.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        back = threading.Thread(target=_pump, args=(upstream, peer.sock), daemon=True)
        back.start()
        _pump(peer.sock, upstream)
        back.join(5)
    return False


def _pump(source: Any, target: Any) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.usefixtures("_trusted")
def test_proxy_environment_variables(
    name: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(MINTED, tls=authority.server_context()) as server, RawServer(tunnel) as proxy:
        monkeypatch.setenv(name, proxy.origin)
        client = Client(API_KEY, base_url=server.base_url)
        for _ in range(2):
            ClientSecrets(client).create()
        client.close()

    assert [request.method for request in proxy.requests] == ["CONNECT"]
    assert proxy.requests[0].target == f"127.0.0.1:{server.port}"
    assert server.requests[0].target == "/v1/realtime/client_secrets"
    assert API_KEY not in str(proxy.requests)


@pytest.mark.usefixtures("_trusted")
def test_a_proxy_may_itself_speak_tls(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = authority.server_context()
    with RawServer(MINTED, tls=context) as server, RawServer(tunnel, tls=context) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        assert create(server.base_url).value == SECRET["value"]

    assert [request.method for request in proxy.requests] == ["CONNECT"]


@pytest.mark.usefixtures("_trusted")
def test_credentials_of_the_proxy_go_to_the_proxy_alone(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(MINTED, tls=authority.server_context()) as server, RawServer(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%40ss@127.0.0.1:{proxy.port}")
        create(server.base_url)

    given = base64.b64encode(b"user:p@ss").decode()
    assert proxy.requests[0].headers["proxy-authorization"] == f"Basic {given}"
    assert "proxy-authorization" not in server.requests[0].headers


def test_plain_http_goes_to_the_proxy_by_its_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(MINTED) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:pass@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("REQUEST_METHOD", raising=False)
        create("http://upstream.test/v1")

    assert proxy.requests[0].target == "http://upstream.test/v1/realtime/client_secrets"
    assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")


@pytest.mark.parametrize("by_proxy", [False, True], ids=["direct", "by_a_proxy"])
def test_threads_keep_a_connection_each(monkeypatch: pytest.MonkeyPatch, *, by_proxy: bool) -> None:
    together = threading.Barrier(2)

    def mint_when_both_have_asked(peer: Peer) -> bool:
        together.wait(timeout=5)
        return MINTED(peer)

    with RawServer(mint_when_both_have_asked) as server:
        if by_proxy:
            monkeypatch.setenv("HTTP_PROXY", server.origin)
        base_url = "http://openai.test/v1" if by_proxy else server.base_url
        resource = ClientSecrets(Client(API_KEY, base_url=base_url, max_retries=0, timeout=5.0))
        with ThreadPoolExecutor(2) as threads:
            for _ in range(3):
                list(threads.map(lambda _: resource.create(), range(2)))

    assert server.connections == 2


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", "*", "other.test,127.0.0.1"])
def test_no_proxy_is_obeyed(no_proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(MINTED) as server, RawServer(MINTED) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        create(server.base_url)

    assert len(server.requests) == 1
    assert proxy.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(407), id="407"),
        pytest.param(reply(403), id="403"),
        pytest.param(raw(b"", then="reset"), id="reset"),
        pytest.param(raw(b"nonsense\r\n\r\n"), id="not_http"),
    ],
)
def test_a_proxy_that_refuses_is_a_connection_error_without_its_credentials(
    answer: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with RawServer(answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user-canary:pass-canary@127.0.0.1:{proxy.port}")
        with pytest.raises(APIConnectionError) as raised:
            create("https://upstream.test/v1")

    shown = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert raised.value.request_sent is False
    assert "canary" not in shown
    assert base64.b64encode(b"user-canary:pass-canary").decode() not in shown


@pytest.mark.parametrize("answer", [silent, drip(b"HTTP/1.1 200 OK\r\n" * 9, pause=seconds(0.05))])
def test_a_proxy_that_hangs_ends_at_the_time_out(
    answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        client = Client(API_KEY, base_url="https://upstream.test", max_retries=0, timeout=0.3)
        with pytest.raises(APITimeoutError) as raised:
            ClientSecrets(client).create()

    assert raised.value.request_sent is False


def late_tunnel_to_nowhere(peer: Peer) -> bool:
    """A proxy that takes its time to connect, and then passes nothing on."""
    time.sleep(0.2)
    return flood(b"HTTP/1.1 200 Connected\r\n\r\n", b"", 0, then="hang")(peer)


@pytest.mark.parametrize("base_url", ["http://upstream.test", "https://upstream.test"])
@pytest.mark.parametrize("proxy_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.usefixtures("_trusted")
def test_what_hangs_behind_a_proxy_ends_at_the_time_out(
    base_url: str, proxy_tls: bool, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = authority.server_context() if proxy_tls else None
    with RawServer(late_tunnel_to_nowhere, tls=context) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.origin)
        resource = ClientSecrets(Client(API_KEY, base_url=base_url, max_retries=0, timeout=0.3))
        started_at = time.monotonic()
        with pytest.raises(APIConnectionError):
            resource.create()

    # Plain HTTP takes the proxy's answer for one of OpenAI's, cut off where the server stops.
    assert time.monotonic() - started_at < 0.3 + 0.1


@pytest.mark.usefixtures("_trusted")
def test_an_answer_that_hangs_behind_a_tunnel_ends_at_the_time_out(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(silent, tls=authority.server_context()) as server, RawServer(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        client = Client(API_KEY, base_url=server.base_url, max_retries=0, timeout=0.3)
        started_at = time.monotonic()
        with pytest.raises(APITimeoutError) as raised:
            ClientSecrets(client).create()
        elapsed_s = time.monotonic() - started_at

    assert raised.value.request_sent is True
    assert 0.25 <= elapsed_s <= 0.3 + 0.1


@pytest.mark.parametrize(
    "proxy", ["socks5://pass-canary@h:1", "http://user:pass-canary@", "http://u:p@[pass-canary/"]
)
def test_a_proxy_that_cannot_be_used_is_refused_when_the_client_is_made(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    with pytest.raises(ValueError, match="proxy") as raised:
        Client(API_KEY)

    assert "canary" not in "".join(traceback.format_exception(raised.value))


# ---- nothing secret is shown -------------------------------------------------------------------


def test_neither_log_nor_output_shows_key_secret_or_body(
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    # What a developer sets to see the traffic of other libraries.
    monkeypatch.setattr(HTTPConnection, "debuglevel", 1)
    with RawServer(reply(401, {"error": {"message": "sk-test-canary"}}), MINTED) as server:
        resource = ClientSecrets(Client(API_KEY, base_url=server.base_url))
        with pytest.raises(Exception, match="401"):
            resource.create(session={"instructions": "canary"})
        resource.create(session={"instructions": "canary"})

    printed = capsys.readouterr()
    assert "urllib3" in {record.name.split(".")[0] for record in caplog.records}
    assert "canary" not in caplog.text + printed.out + printed.err


def test_header_garbage_is_an_answer_all_the_same() -> None:
    answer = raw(head(200, {"Content-Length": "2"})[:-2] + b"no colon here\r\n\r\n{}")
    with RawServer(answer) as server, pytest.raises(Exception, match="no value"):
        create(server.base_url)
