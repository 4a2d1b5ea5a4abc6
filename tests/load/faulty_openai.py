"""An OpenAI that fails at random: one request in twenty, in the ways that were seen or feared."""

import itertools
import json
import random
import threading

from tests.raw_server import Peer, Reply, silent
from tests.replies import head, raw, reply

FAULTY = 0.05
_JSON = {"Content-Type": "application/json"}
_HALF = head(200, {**_JSON, "Content-Length": "900"}) + b'{"value": "ek_te'


def _error(status: int, code: str | None = None) -> Reply:
    error = {"message": "Said.", "type": "t", "param": None, "code": code}
    return reply(status, {"error": error})


# How often each comes, and what it is.
_FAULTS: dict[str, tuple[int, Reply]] = {
    "500": (6, _error(500)),
    "503": (6, _error(503)),
    "429": (4, _error(429, "rate_limit_exceeded")),
    "400": (4, _error(400, "invalid_value")),
    "401": (2, _error(401, "invalid_api_key")),
    "307": (2, reply(307, b"", {"Location": "http://127.0.0.1:9/"})),
    "HTML with 200": (4, reply(200, b"<html>")),
    "reset before the first byte": (4, raw(b"", then="reset")),
    "cut off in its body": (4, raw(_HALF)),
    "not HTTP": (2, raw(b"\x15\x03\x01\x00")),
    "hangs": (1, silent),
}


class FaultyOpenAI:
    """A reply for `RawServer`; mints, but for the faults. Two runs with one seed are alike.

    Attributes:
        issued: Client secrets that were sent whole.
        faults: What was done instead, by name.
    """

    def __init__(self, *, api_key: str, seed: int = 1) -> None:
        self.api_key = api_key
        self.issued = 0
        self.faults: dict[str, int] = dict.fromkeys(_FAULTS, 0)
        self._random = random.Random(seed)
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def __call__(self, peer: Peer) -> bool:
        assert peer.request is not None
        if peer.request.headers["authorization"] != f"Bearer {self.api_key}":
            return _error(401, "invalid_api_key")(peer)
        with self._lock:
            fault = self._fault()
            number = next(self._numbers)
        if fault is not None:
            return _FAULTS[fault][1](peer)
        session = json.loads(peer.request.body).get("session", {"type": "realtime"})
        body = {"value": f"ek_test_{number:08}", "expires_at": 1, "session": session}
        goes_on = reply(200, body, {"X-Request-Id": f"req_{number}"})(peer)
        with self._lock:
            self.issued += 1
        return goes_on

    def _fault(self) -> str | None:
        if self._random.random() >= FAULTY:
            return None
        weights = [weight for weight, _ in _FAULTS.values()]
        [name] = self._random.choices(list(_FAULTS), weights)
        self.faults[name] += 1
        return name
