"""What a `RawServer` may answer, well-formed and not."""

import gzip
import json
import time
from collections.abc import Callable, Sequence

from tests.raw_server import Peer, Reply, Then


def reply(
    status: int = 200,
    body: object = b"",
    headers: dict[str, str] | None = None,
    *,
    then: Then = "keep",
) -> Reply:
    """A well-formed answer; a *body* that is not bytes goes as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    return raw(head(status, fields | (headers or {})) + content, then=then)


def head(status: int, headers: dict[str, str], version: str = "HTTP/1.1") -> bytes:
    """Status line and headers."""
    lines = [f"{version} {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def raw(data: bytes, *, then: Then = "close") -> Reply:
    """*data* as it is, in one piece."""

    def send(peer: Peer) -> bool:
        peer.send(data)
        return peer.end(then)

    return send


def drip(data: bytes, *, pause: Callable[[], None]) -> Reply:
    """*data* a byte at a time with *pause* before each, then nothing."""

    def send(peer: Peer) -> bool:
        for index in range(len(data)):
            pause()
            if peer.stopped.is_set():
                return False
            peer.send(data[index : index + 1])
        return peer.end("hang")

    return send


def seconds(pause_s: float) -> Callable[[], None]:
    """A pause in real time, for `drip`."""
    return lambda: time.sleep(pause_s)


def flood(first: bytes, piece: bytes, times: int, *, then: Then = "close") -> Reply:
    """*first*, then *piece* again and again: a body too large to build."""

    def send(peer: Peer) -> bool:
        peer.send(first)
        for _ in range(times):
            peer.send(piece)
        return peer.end(then)

    return send


def chunked(status: int, pieces: Sequence[bytes], headers: dict[str, str] | None = None) -> Reply:
    """*pieces* with `Transfer-Encoding: chunked`."""
    fields = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return raw(head(status, fields | (headers or {})) + chunks + b"0\r\n\r\n", then="keep")


def gzipped(status: int, body: object) -> Reply:
    """*body* with `Content-Encoding: gzip`."""
    content = gzip.compress(body if isinstance(body, bytes) else json.dumps(body).encode())
    return reply(status, content, {"Content-Encoding": "gzip"})
