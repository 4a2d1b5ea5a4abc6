"""The OpenAI API key: read from Secrets Manager, kept a while, read anew when OpenAI refuses it."""

import time
from collections.abc import Callable

from broker.errors import OperatorError, Rows
from broker.secret_source import (
    Provider,
    SecretSource,
    UnreadableError,
    unreadable,
    unusable,
)
from broker.secret_value import credentials_in, hide
from broker.time_left import limited_to
from openai_realtime.credentials import Credentials

# A key put in by the operator serves within this time even if OpenAI never refuses the old one.
MAX_AGE_S = 300
# With Secrets Manager down, the last good key serves on for a day.
STALE_S = 24 * 3600
# After a 401 that brought no other key, no look-up for this long: OpenAI's outage must not become
# a flood of look-ups. After one that did, the next 401 asks at once.
COOL_DOWN_S = 30
# After Secrets Manager failed, it is left alone for this long while there is a key to serve with.
REST_S = 5
# And so long it is waited for.
PATIENCE_S = 2

_ADVICE = "Put the key in with the command in the stack's Outputs."


def both_clocks() -> tuple[float, float]:
    """Now: one clock stands still in a frozen environment, the other may be set."""
    return time.monotonic(), time.time()


class ApiKey:
    """The key provider of the OpenAI client.

    Args:
        secret_id: Secrets Manager name or ARN.
        what: For the operator's log: what the key is.
        provider: Secrets Manager, with a client of its own, when absent.
        clock: Seconds since some fixed moments.
        on_stale: Called when an old value serves because Secrets Manager does not answer.
    """

    def __init__(
        self,
        secret_id: str,
        *,
        what: str = "The OpenAI API key",
        provider: Provider | None = None,
        clock: Callable[[], tuple[float, ...]] = both_clocks,
        on_stale: Callable[[], None] = lambda: None,
    ) -> None:
        self._secret_id = secret_id
        self._what = what
        self._provider = provider or SecretSource()
        self._clock = clock
        self._on_stale = on_stale
        self._credentials: Credentials | None = None
        self._read_at: tuple[float, ...] | None = None
        self._unchanged_at: tuple[float, ...] | None = None
        self._failed_at: tuple[float, ...] | None = None

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def __reduce__(self) -> str:
        raise TypeError("The API key is not pickled.")

    def current(self) -> Credentials:
        """The key, at most `MAX_AGE_S` old where Secrets Manager answers.

        Raises:
            OperatorError: 503; there is no key, or none that can be read.
        """
        known = self._credentials
        age_s = self._since(self._read_at)
        if known is None or age_s > STALE_S:
            return self._read()
        if age_s < MAX_AGE_S:
            return known
        if self._since(self._failed_at) >= REST_S:
            try:
                with limited_to(PATIENCE_S):
                    return self._read()
            except OperatorError as error:
                if error.row is not Rows.SECRETS_MANAGER_UNAVAILABLE:
                    raise
        self._on_stale()
        return known

    def forget(self) -> None:
        """Drop the key, and when it was read or could not be; the next request reads it."""
        self._credentials = None
        self._read_at = self._unchanged_at = self._failed_at = None

    def refresh(self) -> Credentials:
        """The key after OpenAI refused it; looked up at most every `COOL_DOWN_S` if it stays.

        Raises:
            OperatorError: 503; as for `current`. A key that OpenAI has refused does not serve on.
        """
        refused = self._credentials
        if refused is not None and self._since(self._unchanged_at) < COOL_DOWN_S:
            return refused
        if self._since(self._failed_at) < REST_S:
            raise OperatorError(
                Rows.SECRETS_MANAGER_UNAVAILABLE,
                "The service cannot read its credentials just now. Try again shortly.",
                reason=f"{self._what} is refused, and Secrets Manager failed a moment ago.",
            )
        found = self._read()
        if found == refused:
            self._unchanged_at = self._clock()
        return found

    def _since(self, moment: tuple[float, ...] | None) -> float:
        """Seconds since *moment*, by the clock that says more."""
        if moment is None:
            return float("inf")
        return max(now - then for now, then in zip(self._clock(), moment, strict=True))

    def _read(self) -> Credentials:
        try:
            found = self._fetch()
        except OperatorError as error:
            if error.row is Rows.SECRETS_MANAGER_UNAVAILABLE:
                self._failed_at = self._clock()
            raise
        hide(found)
        self._credentials, self._read_at, self._failed_at = found, self._clock(), None
        return found

    def _fetch(self) -> Credentials:
        try:
            # The value itself is in no variable here: tracebacks can show those.
            found = credentials_in(
                self._provider.get(self._secret_id, max_age=MAX_AGE_S, force_fetch=True)
            )
        except UnreadableError as exc:
            raise unreadable(exc, what=self._what, advice=_ADVICE) from exc
        if isinstance(found, str):
            raise unusable(f"{self._what}: {found}")
        return found
