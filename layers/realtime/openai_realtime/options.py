"""What a caller may set for one call, and the checks of it. No message quotes a value."""

from collections.abc import Mapping
from typing import Any, TypedDict

from openai_realtime import wire

# A socket's time-out is an int of milliseconds; what is longer means no limit, which is None.
LONGEST_TIMEOUT_S = 86_400


class RequestOptions(TypedDict, total=False):
    """Overrides for one call; the keys of the Ruby SDK, and `total_timeout`.

    extra_headers: Added last; None removes a header.
    extra_query: Appended to the URL; a list repeats its name.
    extra_body: Merged into the body, objects deeply, arrays replaced.
    max_retries: Attempts after the first; the client's when absent.
    timeout: Seconds for one attempt; None for no limit; 0 or less sends nothing.
    idempotency_key: Sent as `Idempotency-Key`, the same on every attempt.
    total_timeout: Seconds for all attempts and waits together; None for no limit.
    """

    extra_headers: Mapping[str, str | None]
    extra_query: Mapping[str, Any]
    extra_body: Mapping[str, Any]
    max_retries: int
    timeout: float | None
    idempotency_key: str | None
    total_timeout: float | None


def checked_options(options: RequestOptions | None) -> RequestOptions:
    """*options*, every value of a type and size that can work; header names in lower case.

    Raises:
        TypeError: An unknown option, or one of the wrong type.
        ValueError: A value that cannot be sent.
    """
    if options is None:
        return {}
    checked_mapping("request_options", options)
    known = RequestOptions.__annotations__
    unknown = [name for name in options if name not in known]
    if unknown:
        raise TypeError(f"Unknown request option {unknown[0]!r}; known are {', '.join(known)}.")
    for name in ("extra_query", "extra_body"):
        checked_mapping(name, options.get(name, {}))
    for name in ("timeout", "total_timeout"):
        checked_timeout(name, options.get(name))
    checked_retries(options.get("max_retries", 0))
    headers = wire.checked_headers(
        checked_mapping("extra_headers", options.get("extra_headers", {}))
    )
    key = wire.checked_headers({"idempotency-key": options.get("idempotency_key")})
    return {**options, "extra_headers": headers, "idempotency_key": key["idempotency-key"]}


def checked_mapping(name: str, value: object) -> Mapping[str, Any]:
    """*value*, if it is a mapping."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping, not {type(value).__name__}.")
    return value


def checked_timeout(name: str, seconds: object) -> float | None:
    """*seconds*, if it is None or a number of them."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}.")
    # NaN is not less than anything, and so is refused, too.
    if not abs(seconds) <= LONGEST_TIMEOUT_S:
        raise ValueError(f"{name} must be at most {LONGEST_TIMEOUT_S} seconds; None is no limit.")
    return seconds


def checked_retries(max_retries: object) -> int:
    """*max_retries*, if it is a whole number of at least 0."""
    if not isinstance(max_retries, int) or isinstance(max_retries, bool):
        raise TypeError(f"max_retries must be an integer, not {type(max_retries).__name__}.")
    if max_retries < 0:
        raise ValueError("max_retries must be 0 or more.")
    return max_retries
