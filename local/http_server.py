"""The HTTP/1.1 server under the gateway, the stand-in for OpenAI and the token issuer.

It reads whole requests (keep-alive, chunked bodies, `Expect: 100-continue`), hands each to one
function and writes that function's answer. What it cannot read is answered by the owner's `refuse`.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Headers = list[tuple[str, str]]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# Read from a client after it was refused, so that it sees the answer and not a reset connection.
LINGER_BYTES = 64 * 1024 * 1024
LINGER_S = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire.

    Attributes:
        method: Upper-case, such as `POST`.
        target: Path and query exactly as sent, still percent-encoded.
        version: `HTTP/1.1` or `HTTP/1.0`.
        headers: In order, duplicates kept.
        body: Decoded from chunks where chunked.
        client_ip: Address of the peer.
        at: Arrival, epoch seconds.
    """

    method: str
    target: str
    version: str
    headers: Headers
    body: bytes
    client_ip: str
    at: float

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the first `?`, or the empty string."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The first value of the header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Response:
    """What is written back; `Content-Length` and `Date` are added."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)


Respond = Callable[[Request], Response]
Refuse = Callable[[int], Response]


def json_response(status: int, body: object, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """A JSON answer."""
    content = json.dumps(body, separators=(",", ":")).encode()
    return Response(status, content, [("content-type", "application/json"), *headers])


def refuse_plainly(status: int) -> Response:
    """The answer to a request that cannot be read, where nobody has an opinion on its wording."""
    return json_response(status, {"message": "Bad Request"})


class UnreadableBodyError(Exception):
    """The body cannot be read; carries the status to answer with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class HttpServer:
    """A server on 127.0.0.1 for the length of a `with` block."""

    def __init__(
        self,
        respond: Respond,
        *,
        port: int = 0,
        refuse: Refuse = refuse_plainly,
        max_body_bytes: int = 64 * 1024 * 1024,
        max_header_bytes: int = 1024 * 1024,
    ) -> None:
        """Bind the port; requests are accepted from here on and answered once entered.

        Args:
            respond: Called in the connection's thread, once for each request.
            port: 0 takes any free one.
            refuse: Makes the answer to a request that is malformed or too large, from its status.
            max_body_bytes: A longer body is refused with 413.
            max_header_bytes: A longer request line and header block is refused with 431.

        Raises:
            OSError: The port is taken.
        """
        self.respond = respond
        self.refuse = refuse
        self.max_body_bytes = max_body_bytes
        self.max_header_bytes = max_header_bytes
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = _Listener(("127.0.0.1", port), _connection_handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """`http://127.0.0.1:N`, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        with self._lock:
            open_connections = list(self._connections)
        for connection in open_connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def connected(self, connection: socket.socket) -> None:
        """Remember an open connection, to end it with the server."""
        with self._lock:
            self._connections.add(connection)

    def disconnected(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._connections.discard(connection)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without these two, each answer on a kept-alive connection waits 40 ms for the client's ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 75
    owner: HttpServer

    def setup(self) -> None:
        super().setup()
        self.owner.connected(self.connection)

    def finish(self) -> None:
        self.owner.disconnected(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        # The client may leave at any point; that concerns nobody here.
        with contextlib.suppress(OSError):
            super().handle()

    def answer(self) -> None:
        at = time.time()
        sizes = sum(len(name) + len(value) + 4 for name, value in self.headers.items())
        if len(self.requestline) + sizes > self.owner.max_header_bytes:
            self.send_error(431)
            return
        try:
            body = self._read_body()
        except UnreadableBodyError as exc:
            self.send_error(exc.status)
            return
        request = Request(
            self.command,
            self.path,
            self.request_version,
            list(self.headers.items()),
            body,
            self.client_address[0],
            at,
        )
        self._write(self.owner.respond(request))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what cannot be read; `http.server` calls this with its own findings too."""
        del message, explain
        self.close_connection = True
        self._write(self.owner.refuse(code))
        self._linger()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Say nothing: the owner decides what is worth a line."""

    def _read_body(self) -> bytes:
        encoding = self.headers.get("transfer-encoding", "").strip().lower()
        lengths = set(self.headers.get_all("content-length", []))
        if encoding and (lengths or encoding != "chunked"):
            raise UnreadableBodyError(400)
        if encoding:
            return self._read_chunks()
        if not lengths:
            return b""
        length = _whole_number(lengths.pop(), base=10)
        if lengths:
            raise UnreadableBodyError(400)
        if length > self.owner.max_body_bytes:
            raise UnreadableBodyError(413)
        return self._read_exactly(length)

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            line = self.rfile.readline(1024)
            size = _whole_number(line.decode("latin-1").partition(";")[0].strip(), base=16)
            if len(body) + size > self.owner.max_body_bytes:
                raise UnreadableBodyError(413)
            if size == 0:
                break
            body += self._read_exactly(size)
            if self.rfile.readline(3) != b"\r\n":
                raise UnreadableBodyError(400)
        while self.rfile.readline(65536).strip():
            pass
        return bytes(body)

    def _read_exactly(self, length: int) -> bytes:
        content = self.rfile.read(length)
        if len(content) < length:
            raise ConnectionAbortedError
        return content

    def _write(self, response: Response) -> None:
        self.send_response_only(response.status)
        self.send_header("date", formatdate(usegmt=True))
        bodiless = response.status in (204, 304) or response.status < 200
        if not bodiless:
            self.send_header("content-length", str(len(response.body)))
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        if not bodiless and getattr(self, "command", None) != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _linger(self) -> None:
        deadline = time.monotonic() + LINGER_S
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER_S)
            left = LINGER_BYTES
            while left > 0 and time.monotonic() < deadline and (got := self.connection.recv(65536)):
                left -= len(got)


def _connection_handler(owner: HttpServer) -> type[_Handler]:
    methods = {f"do_{method}": _Handler.answer for method in METHODS}
    return type("Handler", (_Handler,), {"owner": owner, **methods})


def _whole_number(text: str, *, base: int) -> int:
    digits = "0123456789abcdef"[:base]
    if not text or any(character not in digits for character in text.lower()):
        raise UnreadableBodyError(400)
    if len(text) > 18:
        raise UnreadableBodyError(413)
    return int(text, base)
