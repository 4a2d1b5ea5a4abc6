"""`x-ratelimit-*`: what is left of a quota, in the words and format of OpenAI's own headers.

Source: OpenAI API reference, "Debugging requests"; durations as `1s`, `6m0s`, `12ms`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """One limit, and where the caller stands.

    Attributes:
        name: `minute`, `day` or `stack_day`.
        limit: Requests in one period.
        remaining: Requests left in this one.
        resets_in_s: Seconds until the next one begins.
    """

    name: str
    limit: int
    remaining: int
    resets_in_s: float


def rate_limit_headers(allowances: Iterable[Allowance]) -> dict[str, str]:
    """The headers for the limit that the caller meets first; none where there is no limit."""
    tightest = min(allowances, key=lambda each: (each.remaining, -each.resets_in_s), default=None)
    if tightest is None:
        return {}
    return {
        "x-ratelimit-limit-requests": str(tightest.limit),
        "x-ratelimit-remaining-requests": str(tightest.remaining),
        "x-ratelimit-reset-requests": duration(tightest.resets_in_s),
    }


def duration(seconds: float) -> str:
    """*seconds*, rounded up to a millisecond, as Go writes durations and OpenAI its headers."""
    milliseconds = max(math.ceil(round(seconds * 1000, 3)), 0)
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest_ms = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest_ms / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{hours}h{text}" if hours else text
