"""Which API keys the stand-in for OpenAI takes."""

import threading
import time


class ApiKeys:
    """Every API key; for any number of threads.

    Keys of service accounts are known one by one. Of all others, those are taken that were named,
    and where none was, whatever begins with `sk-`.
    """

    def __init__(self) -> None:
        self._named: frozenset[str] = frozenset()
        self._valid_from: dict[str, float] = {}
        self._revoked: set[str] = set()
        self._lock = threading.Lock()

    def name(self, *api_keys: str) -> None:
        """Of keys that are no service account's, take these alone from now on."""
        with self._lock:
            self._named = frozenset(api_keys)

    def issue(self, api_key: str, *, delay_s: float) -> None:
        """Take a service account's new key, after *delay_s* seconds."""
        with self._lock:
            self._valid_from[api_key] = time.monotonic() + delay_s

    def revoke(self, api_key: str) -> None:
        """Never take this key again."""
        with self._lock:
            self._revoked.add(api_key)

    def takes(self, api_key: str) -> bool:
        """Whether a request with this key is served now."""
        with self._lock:
            if api_key in self._revoked:
                return False
            if api_key in self._valid_from:
                return time.monotonic() >= self._valid_from[api_key]
            if self._named:
                return api_key in self._named
            return api_key.startswith("sk-") and not api_key.startswith("sk-admin-")
