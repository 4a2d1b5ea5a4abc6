"""One connection: requests read from it, answers written to it."""

import contextlib
import socket
import time
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

from local.http_messages import Refuse, Request, Respond, Response

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# Read from a client after it was refused, so that it sees the answer and not a reset connection.
LINGER_BYTES = 64 * 1024 * 1024
LINGER_S = 2.0


@dataclass(frozen=True, slots=True)
class Service:
    """What a server does with requests.

    Attributes:
        respond: Called in the connection's thread, once for each request.
        refuse: Makes the answer to a request that is malformed or too large, from its status.
        max_body_bytes: A longer body is refused with 413.
        max_header_bytes: A longer request line and header block is refused with 431.
    """

    respond: Respond
    refuse: Refuse
    max_body_bytes: int = 64 * 1024 * 1024
    max_header_bytes: int = 1024 * 1024


class UnreadableBodyError(Exception):
    """The body cannot be read; carries the status to answer with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ConnectionHandler(BaseHTTPRequestHandler):
    """One connection; `handler_for` gives it its service."""

    protocol_version = "HTTP/1.1"
    # Without these two, each answer on a kept-alive connection waits 40 ms for the client's ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 75
    service: Service

    def finish(self) -> None:
        """Flush and close."""
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        """Serve until the connection ends."""
        # The client may leave at any point; that concerns nobody here.
        with contextlib.suppress(OSError):
            super().handle()

    def answer(self) -> None:
        """Read one request and write its answer."""
        at = time.time()
        sizes = sum(len(name) + len(value) + 4 for name, value in self.headers.items())
        if len(self.requestline) + sizes > self.service.max_header_bytes:
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
        self._write(self.service.respond(request))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what cannot be read; `http.server` calls this with its own findings too."""
        del message, explain
        self.close_connection = True
        # What cannot be parsed counts as HTTP/0.9, which would get no status line.
        self.request_version = self.protocol_version
        self._write(self.service.refuse(code))
        self._linger()

    def handle_expect_100(self) -> bool:
        """Tell the client to go on, now and not with the answer."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

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
        if length > self.service.max_body_bytes:
            raise UnreadableBodyError(413)
        return self._read_exactly(length)

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            line = self.rfile.readline(1024)
            size = _whole_number(line.decode("latin-1").partition(";")[0].strip(), base=16)
            if len(body) + size > self.service.max_body_bytes:
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


def handler_for(service: Service) -> type[ConnectionHandler]:
    """The handler class that `http.server` wants, bound to *service*."""
    methods = {f"do_{method}": ConnectionHandler.answer for method in METHODS}
    return type("Handler", (ConnectionHandler,), {"service": service, **methods})


def _whole_number(text: str, *, base: int) -> int:
    digits = "0123456789abcdef"[:base]
    if not text or any(character not in digits for character in text.lower()):
        raise UnreadableBodyError(400)
    if len(text) > 18:
        raise UnreadableBodyError(413)
    return int(text, base)
