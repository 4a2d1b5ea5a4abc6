"""Requests and responses, as the local servers exchange them with `http_server`."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Headers = list[tuple[str, str]]


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
