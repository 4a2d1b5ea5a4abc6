"""A server that answers in bytes: what no HTTP library would send, at the pace a test asks for.

    with RawServer(reply(500), reply(200, {"value": "ek_test"})) as server:  # tests.replies
        ...                       # server.base_url, server.requests, server.connections

Every request takes the next reply; the last one serves for the rest. A reply is called with the
`Peer` and decides what is sent and what becomes of the connection. `on_connect` acts before any
request is read, and before TLS where there is a `tls` context.
"""

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Then = Literal["keep", "close", "reset", "hang"]


@dataclass(frozen=True)
class Request:
    """What a client sent; header names in lower case, in order, repeated ones kept."""

    method: str
    target: str
    header_list: Sequence[tuple[str, str]]
    body: bytes
    connection: int

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.header_list)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Peer:
    """One connection, seen from the server."""

    sock: socket.socket
    stopped: threading.Event
    number: int
    request: Request | None = None
    _unread: bytes = field(default=b"")

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def end(self, then: Then) -> bool:
        """Whether the connection goes on; it is closed as *then* says if not."""
        if then == "hang":
            self.wait_for_hang_up()
        if then == "reset":
            # Closing with no time to linger sends RST.
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return then == "keep"

    def wait_for_hang_up(self) -> None:
        """Say nothing until the client goes away or the server stops."""
        self.sock.settimeout(0.05)
        while not self.stopped.is_set():
            with contextlib.suppress(TimeoutError):
                if not self.sock.recv(65536):
                    return

    def read_request(self) -> Request | None:
        """The next request; None where the client hung up."""
        head = self._read_until(b"\r\n\r\n")
        if head is None:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        fields = [tuple(line.split(": ", 1)) for line in lines if line]
        headers = [(name.lower(), value) for name, value in fields]
        body = self._read_exactly(int(dict(headers).get("content-length", 0)))
        return Request(method, target, headers, body, self.number)

    def _read_until(self, mark: bytes) -> bytes | None:
        while mark not in self._unread:
            piece = self.sock.recv(65536)
            if not piece:
                return None
            self._unread += piece
        head, self._unread = self._unread.split(mark, 1)
        return head

    def _read_exactly(self, length: int) -> bytes:
        while len(self._unread) < length:
            piece = self.sock.recv(65536)
            if not piece:
                raise ConnectionError("The client hung up within its body.")
            self._unread += piece
        body, self._unread = self._unread[:length], self._unread[length:]
        return body


# Answers one request; whether the connection goes on.
Reply = Callable[[Peer], bool]


def silent(peer: Peer) -> bool:
    """No byte, for as long as the client waits."""
    return peer.end("hang")


class RawServer:
    """Serves on loopback from `with` to its end; one thread for each connection.

    Attributes:
        requests: What was asked, in order.
        connections: How many were accepted.
    """

    def __init__(
        self,
        *replies: Reply,
        tls: ssl.SSLContext | None = None,
        on_connect: Callable[[Peer], bool] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._replies = list(replies) or [silent]
        self._tls = tls
        self._on_connect = on_connect
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._peers: list[Peer] = []
        self.requests: list[Request] = []
        self.connections = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        where = f"[{host}]" if ":" in host else host
        self.origin = f"{'https' if tls else 'http'}://{where}:{self.port}"
        self.base_url = f"{self.origin}/v1"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        # Wakes the thread in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in list(self._peers):
            with contextlib.suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for peer in self._peers:
            peer.sock.close()

    def answer_with(self, *replies: Reply) -> None:
        """Answer with *replies* from now on."""
        with self._lock:
            self._replies = list(replies)

    @property
    def open_connections(self) -> int:
        """How many connections the client has not closed yet; waits a moment for those closing."""
        until = time.monotonic() + 0.2
        while (alive := sum(thread.is_alive() for thread in self._threads[1:])) and (
            time.monotonic() < until
        ):
            time.sleep(0.005)
        return alive

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            peer = Peer(sock, self._stopped, self.connections)
            self._peers.append(peer)
            self._start(self._serve, peer)

    def _serve(self, peer: Peer) -> None:
        # A client that goes away, or refuses our certificate, is what many tests are about.
        with contextlib.suppress(OSError):
            if self._on_connect is None or self._on_connect(peer):
                if self._tls is not None:
                    peer.sock = self._tls.wrap_socket(peer.sock, server_side=True)
                while self._answer(peer):
                    pass
        peer.sock.close()

    def _answer(self, peer: Peer) -> bool:
        peer.request = peer.read_request()
        if peer.request is None:
            return False
        with self._lock:
            self.requests.append(peer.request)
            chosen = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return chosen(peer)


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port of loopback on which nobody listens, for as long as the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """A port of loopback that neither accepts nor refuses: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield listener.getsockname()[1]
