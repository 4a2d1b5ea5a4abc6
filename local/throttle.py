"""The stage's throttle: a token bucket, as API Gateway describes it."""

import threading
import time
from collections.abc import Callable


class Throttle:
    """Lets *rate* requests a second through on average, and *burst* of them at once."""

    def __init__(
        self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._at = clock()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        """Whether one more request may pass now; takes its token if so."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
