"""When an attempt is repeated, and after how long: the Ruby SDK's rules.

Source: openai-ruby 0.80.0, `internal/transport/base_client.rb`; the 429 codes from OpenAI's help
pages on billing and spend limits.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from openai_realtime.errors import APIConnectionError, APIError, APIStatusError

# A 429 that means money does not pass by waiting.
SPENT_CODES = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_usage_limit_exceeded",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
    }
)


def _sdk_statuses(status_code: int) -> bool:
    return status_code in (408, 409, 429) or status_code >= 500


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Which failures are worth another attempt.

    Attributes:
        statuses: Whether a status is retried; the SDKs' rule by default: 408, 409, 429, ≥ 500.
        after_sending: Whether a request that OpenAI may have received is repeated when no answer
            came. This POST is not idempotent: a repeat may mint a second client secret.
        obey_x_should_retry: Whether OpenAI's `x-should-retry` overrules `statuses`.
        initial_delay_s: First backoff, seconds.
        max_delay_s: Greatest wait, seconds; also bounds what OpenAI asks for.
    """

    statuses: Callable[[int], bool] = _sdk_statuses
    after_sending: bool = True
    obey_x_should_retry: bool = True
    initial_delay_s: float = 0.5
    max_delay_s: float = 8.0

    def retries(self, error: APIError) -> bool:
        """Whether *error* is worth another attempt."""
        if isinstance(error, APIConnectionError):
            return self.after_sending or not error.request_sent
        if not isinstance(error, APIStatusError):
            return False
        if error.code in SPENT_CODES:
            return False
        asked = error.headers.get("x-should-retry", "").lower()
        if self.obey_x_should_retry and asked in ("true", "false"):
            return asked == "true"
        return self.statuses(error.status_code)

    def delay_s(self, error: APIError, retry: int, *, now: float, random: float) -> float:
        """Seconds to wait before retry number *retry* (0 is the first).

        Args:
            error: The failure; its headers may say how long.
            retry: 0, 1, 2, …
            now: Epoch seconds, to read a date in `retry-after`.
            random: 0 to 1; the backoff loses up to a quarter by it.
        """
        headers = error.headers if isinstance(error, APIStatusError) else {}
        asked_s = asked_delay_s(headers, now=now)
        if asked_s is not None:
            return min(asked_s, self.max_delay_s)
        # 2.0 ** retry overflows past 1023; the cap is reached long before.
        backoff = min(self.initial_delay_s * 2.0 ** min(retry, 64), self.max_delay_s)
        return backoff * (1 - 0.25 * random)


def asked_delay_s(headers: Mapping[str, str], *, now: float) -> float | None:
    """The seconds an answer asks to wait; None where it asks nothing that can be obeyed.

    Args:
        headers: Lower-case names: `retry-after-ms`, then `retry-after` in seconds or as a date.
        now: Epoch seconds, to read a date.
    """
    asked = _milliseconds(headers.get("retry-after-ms"))
    return _seconds_or_date(headers.get("retry-after"), now=now) if asked is None else asked


def _milliseconds(value: str | None) -> float | None:
    asked = _number(value)
    return None if asked is None else asked / 1000


def _seconds_or_date(value: str | None, *, now: float) -> float | None:
    asked = _number(value)
    if asked is not None or value is None:
        return asked
    try:
        date = parsedate_to_datetime(value)
        # A zone of -0000 is no zone to Python, which would take its own.
        delay = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return delay if delay >= 0 else None


def _number(value: str | None) -> float | None:
    """A finite number of at least 0, or None."""
    try:
        asked = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return asked if math.isfinite(asked) and asked >= 0 else None
