"""One attempt: how long it may take and how far it got. Its sockets ask it before every wait.

urllib3 limits each read by itself, so an answer of one byte a second never ends. Here every read,
write and handshake waits at most for what the attempt has left: no timer, no thread.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

# Of an attempt's time, what look-up, connection, proxy and TLS may take: the Python SDK's limit.
CONNECT_S = 5.0
# A connection idle for longer is not trusted to be alive: Ruby's keep-alive. A frozen Lambda
# environment does not see its peer hang up.
IDLE_S = 30.0


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        ...

    def time(self) -> float:
        """Epoch seconds, UTC."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


class Attempt:
    """One request and its answer.

    Args:
        clock: Time.
        timeout_s: Seconds for everything; None for no limit.

    Attributes:
        request_sent: Whether a byte of the request may have left.
        status_code: The answer's status, once it came.
    """

    def __init__(self, clock: Clock, timeout_s: float | None) -> None:
        self._clock = clock
        self._ends_at = math.inf if timeout_s is None else clock.monotonic() + timeout_s
        self._connected_by = math.inf
        self.request_sent = False
        self.status_code: int | None = None

    def left_s(self) -> float | None:
        """Seconds that the next wait may take; None for no limit.

        Raises:
            TimeoutError: None are left.
        """
        ends_at = min(self._ends_at, self._connected_by)
        if ends_at == math.inf:
            return None
        left_s = ends_at - self._clock.monotonic()
        if left_s <= 0:
            raise TimeoutError("No time is left.")
        return left_s

    @contextmanager
    def connecting(self) -> Iterator[None]:
        """Limit what happens within to `CONNECT_S`, too."""
        self._connected_by = self._clock.monotonic() + CONNECT_S
        try:
            yield
        finally:
            self._connected_by = math.inf

    def moment(self) -> tuple[float, float]:
        """Now, by both clocks: one stands still in a frozen environment, the other may be set."""
        return self._clock.monotonic(), self._clock.time()

    def idle_too_long(self, since: tuple[float, float]) -> bool:
        """Whether a connection last used at *since* has outlived its keep-alive by either clock."""
        return any(now - then > IDLE_S for now, then in zip(self.moment(), since, strict=True))


_current: ContextVar[Attempt] = ContextVar("attempt")


def current() -> Attempt:
    """The attempt this thread is making."""
    return _current.get()


@contextmanager
def making(attempt: Attempt) -> Iterator[None]:
    """Have the sockets used within obey *attempt*."""
    token = _current.set(attempt)
    try:
        yield
    finally:
        _current.reset(token)
