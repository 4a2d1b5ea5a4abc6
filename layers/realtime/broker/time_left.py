"""The time of one request, shared by everything it waits for.

Lambda kills a function that takes too long, and API Gateway then answers in a shape that SDKs
retry. So every wait asks here how long it may be. boto3's own time-outs are for each read by
itself and leave name look-up out; `within` bounds the whole call.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

T = TypeVar("T")

# A call that nobody waits for any more goes on in its thread until its own time-outs end it. With
# so many of them, the next is not even begun.
MOST_ABANDONED = 8

_ends_at: ContextVar[float] = ContextVar("ends_at", default=math.inf)
_abandoned: list[threading.Thread] = []


@contextmanager
def limited_to(seconds: float) -> Iterator[None]:
    """Limit what happens within to *seconds*, and to whatever limit there is already."""
    token = _ends_at.set(min(_ends_at.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends_at.reset(token)


def left_s() -> float:
    """Seconds that are left; may be negative, infinite where nothing limits them."""
    return _ends_at.get() - time.monotonic()


def within(most_s: float, call: Callable[[], T]) -> T:
    """What *call* returns or raises, if it ends within *most_s* seconds and the time left.

    Raises:
        TimeoutError: It does not.
    """
    _abandoned[:] = [thread for thread in _abandoned if thread.is_alive()]
    wait_s = min(most_s, left_s())
    if wait_s <= 0:
        raise TimeoutError("No time is left.")
    if len(_abandoned) >= MOST_ABANDONED:
        raise TimeoutError("Too many calls have not returned.")
    running = _Call(call)
    running.start()
    running.join(wait_s)
    if running.is_alive():
        _abandoned.append(running)
        raise TimeoutError("The call took too long.")
    return running.outcome()


class _Call(threading.Thread, Generic[T]):
    """A call in a thread; a daemon, so that one that hangs holds up no exit."""

    def __init__(self, call: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._call = call
        self._returned: list[T] = []
        self._raised: Exception | None = None

    def run(self) -> None:
        try:
            self._returned.append(self._call())
        # It is raised again, for whoever waits.
        except Exception as exc:  # noqa: BLE001
            self._raised = exc

    def outcome(self) -> T:
        """The result of a call that has ended."""
        if self._raised is not None:
            raise self._raised
        return self._returned[0]
