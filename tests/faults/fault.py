"""What a row of the bench is: a fault, and what the caller gets."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.scene import Scene, Seen

# What the function keeps back of its time for the answer; the rest is the budget of all waits.
RESERVE_S = 0.5
# Lambda gives it 12 seconds. Where a fault would take them all, it gets less.
FULL_S = 12.0
SHORT_S = 2.0


@dataclass(frozen=True)
class Expected:
    """What the caller gets, and what OpenAI was asked.

    Attributes:
        status: HTTP status.
        code: `error.code`; None at 200, or where OpenAI gave none.
        retry: What official SDKs do: `never`, `own rule`, or the milliseconds they are told.
        calls: Requests that reached OpenAI, or connections where none did.
        logged: The message and level of the function's own record.
        metric: One of the metrics.
    """

    status: int
    code: str | None = None
    retry: str = "-"
    calls: int = 1
    logged: str = ""
    metric: str = "RequestRefused"


# The most telling first.
_METRICS = ("StaleApiKeyUsed", "QuotaBypassed", "ClientSecretIssued", "RequestRefused")


@dataclass(frozen=True)
class Fault:
    """A row.

    Attributes:
        whose: OpenAI, Secrets Manager or DynamoDB.
        name: Reads on from *whose*.
        arrange: Makes the neighbours misbehave.
        expected: What comes of it.
        timeout_s: The function's time.
    """

    whose: str
    name: str
    arrange: Callable[[Scene], None]
    expected: Expected
    timeout_s: float = FULL_S


def happened(seen: Seen) -> Expected:
    """*seen*, in the words of `Expected`."""
    answer = seen.answer
    last = [record for record in seen.records if record["message"] != "stale_api_key_used"][-1]
    refused = answer.status != 200
    return Expected(
        status=answer.status,
        code=answer.error["code"] if refused else None,
        retry=_retry(seen) if refused else "-",
        calls=seen.calls,
        logged=f"{last['level']} {last['message']}",
        metric=next((name for name in _METRICS if name in seen.metrics), "none"),
    )


def _retry(seen: Seen) -> str:
    headers = seen.answer.headers
    if headers.get("x-should-retry") == "false":
        return "never"
    if "retry-after-ms" in headers:
        return f"after {headers['retry-after-ms']} ms"
    retried = seen.answer.status in (408, 409, 429) or seen.answer.status >= 500
    return "their own rule" if retried else "never"


FAILED, REFUSED, ISSUED = (
    "ERROR request_failed",
    "INFO request_refused",
    "INFO client_secret_issued",
)


def unreachable(calls: int = 2) -> Expected:
    """The row for an OpenAI that does not answer, and may be asked again."""
    return Expected(502, "upstream_unreachable", "after 1000 ms", calls, FAILED)


def timed_out(calls: int = 1) -> Expected:
    """The row for an OpenAI that takes too long."""
    return Expected(504, "upstream_timeout", "never", calls, FAILED)


def unusable(calls: int = 1) -> Expected:
    """The row for an answer that may hide a client secret."""
    return Expected(502, "upstream_invalid_response", "never", calls, FAILED)


def issued(calls: int = 1, metric: str = "ClientSecretIssued") -> Expected:
    """A client secret, in spite of it."""
    return Expected(200, None, "-", calls, ISSUED, metric)


def no_key(retry: str = "never", calls: int = 0) -> Expected:
    """The row for an API key that cannot be had."""
    return Expected(503, "api_key_unavailable", retry, calls, FAILED)


def no_quota() -> Expected:
    """The row for a quota that cannot be counted."""
    return Expected(503, "quota_unavailable", "after 2000 ms", 0, FAILED)
