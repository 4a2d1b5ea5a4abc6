"""One POST over a kept-alive urllib3 pool. Never follows a redirect, never retries."""

import time
from dataclasses import dataclass
from typing import Protocol

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from openai_realtime.errors import APIConnectionError, APITimeoutError

# OpenAI's answers are a few kilobytes; what is larger is not one.
MAX_ANSWER_BYTES = 1024 * 1024
_PIECE_BYTES = 64 * 1024
# Of an attempt's time, what connecting may take: the Python SDK's five seconds.
CONNECT_S = 5.0


class Clock(Protocol):
    """Time and chance, so that tests need not wait for either."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        ...

    def time(self) -> float:
        """Epoch seconds, UTC."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status_code: HTTP status.
        headers: Lower-case names; repeated ones joined with a comma.
        body: Decoded of gzip, at most `MAX_ANSWER_BYTES`.
        complete: False where the body was longer than that and was cut off.
    """

    status_code: int
    headers: dict[str, str]
    body: bytes
    complete: bool


class Transport:
    """A pool of connections to one upstream, kept alive between calls."""

    def __init__(self, clock: Clock = time) -> None:
        self._clock = clock
        # Lambda has one request in flight per environment; the second place is for threads.
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=2, retries=False)

    def post(
        self, url: str, *, body: bytes, headers: dict[str, str], timeout_s: float | None
    ) -> Answer:
        """Send *body* once.

        Args:
            url: Absolute URL.
            body: JSON, UTF-8.
            headers: Sent as they are.
            timeout_s: For connecting, sending and reading together; None waits for ever.

        Raises:
            APITimeoutError: No whole answer in time.
            APIConnectionError: No answer.
        """
        deadline = None if timeout_s is None else self._clock.monotonic() + max(timeout_s, 0)
        if timeout_s is not None and timeout_s <= 0:
            raise APITimeoutError(request_sent=False)
        try:
            response = self._pool.request(
                "POST",
                url,
                body=body,
                headers=headers,
                timeout=_timeout(timeout_s),
                redirect=False,
                preload_content=False,
            )
            return self._read(response, deadline)
        except HTTPError as exc:
            raise _connection_error(exc) from exc

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float | None) -> Answer:
        pieces = bytearray()
        finished = False
        try:
            while len(pieces) <= MAX_ANSWER_BYTES:
                if deadline is not None and self._clock.monotonic() > deadline:
                    raise APITimeoutError(request_sent=True)
                piece = response.read(_PIECE_BYTES)
                if not piece:
                    finished = True
                    break
                pieces += piece
        finally:
            # A connection with an unread answer on it cannot serve the next request.
            if finished:
                response.release_conn()
            else:
                response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, bytes(pieces[:MAX_ANSWER_BYTES]), finished)


def _timeout(timeout_s: float | None) -> urllib3.Timeout:
    connect_s = CONNECT_S if timeout_s is None else min(CONNECT_S, timeout_s)
    return urllib3.Timeout(total=timeout_s, connect=connect_s)


def _connection_error(exc: HTTPError) -> APIConnectionError:
    # urllib3 files a refused connection and a failed look-up under TimeoutError; they are none.
    if isinstance(exc, NewConnectionError):
        return APIConnectionError(request_sent=False)
    if isinstance(exc, ConnectTimeoutError):
        return APITimeoutError(request_sent=False)
    if isinstance(exc, Urllib3TimeoutError):
        return APITimeoutError(request_sent=True)
    return APIConnectionError(request_sent=not isinstance(exc, SSLError))
