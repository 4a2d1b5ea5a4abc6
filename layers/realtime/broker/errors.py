"""The endpoint's error table: every answer that is not a client secret.

    BrokerError           answered in OpenAI's shape, with the official SDKs' retry protocol
    ├── CallerError       the caller acts: change the request, sign in, choose another profile
    ├── LimitError        the caller waits: a quota of ours, or OpenAI's rate limit
    ├── UpstreamError     OpenAI failed, refused the operator's key, or gave no answer in time
    └── OperatorError     the operator acts: the key, the quota store, the configuration

A `Row` is one line of the table; `Rows` holds all that are ours. What OpenAI says about the
caller's own request is passed on with OpenAI's status, type and code, so its rows are made where
it is read.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

INVALID_REQUEST = "invalid_request_error"
API = "api_error"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the error table.

    Attributes:
        status: HTTP status.
        type: `error.type`, OpenAI's words.
        code: `error.code`; a contract with callers.
        should_retry: False sends `x-should-retry: false`; None leaves the SDK to its rule
            (retry 408, 409, 429 and 5xx).
        retry_after_ms: Sent as `retry-after-ms`, and in whole seconds as `retry-after`.
    """

    status: int
    type: str
    code: str | None
    should_retry: bool | None = None
    retry_after_ms: int | None = None


class Rows:
    """The lines of the table that are ours."""

    UNAUTHENTICATED = Row(401, INVALID_REQUEST, "unauthenticated")
    INVALID_JSON = Row(400, INVALID_REQUEST, "invalid_json")
    REQUEST_TOO_LARGE = Row(413, INVALID_REQUEST, "request_too_large")
    PROFILE_NOT_FOUND = Row(404, INVALID_REQUEST, "profile_not_found")
    NOT_ALLOWED_BY_POLICY = Row(403, INVALID_REQUEST, "not_allowed_by_policy")
    RATE_LIMIT_EXCEEDED = Row(429, "requests", "rate_limit_exceeded")
    USER_BLOCKED = Row(403, INVALID_REQUEST, "user_blocked")
    UPSTREAM_QUOTA_EXHAUSTED = Row(503, API, "upstream_quota_exhausted", should_retry=False)
    UPSTREAM_AUTHENTICATION_FAILED = Row(
        502, API, "upstream_authentication_failed", should_retry=False
    )
    UPSTREAM_ERROR = Row(502, API, "upstream_error", retry_after_ms=1000)
    UPSTREAM_UNREACHABLE = Row(502, API, "upstream_unreachable", retry_after_ms=1000)
    # A secret may have been minted: a retry would mint a second one.
    UPSTREAM_INVALID_RESPONSE = Row(502, API, "upstream_invalid_response", should_retry=False)
    UPSTREAM_TIMEOUT = Row(504, API, "upstream_timeout", should_retry=False)
    API_KEY_UNAVAILABLE = Row(503, API, "api_key_unavailable", should_retry=False)
    SECRETS_MANAGER_UNAVAILABLE = Row(503, API, "api_key_unavailable", retry_after_ms=2000)
    QUOTA_UNAVAILABLE = Row(503, API, "quota_unavailable", retry_after_ms=2000)
    # Our bug may come after the mint.
    INTERNAL_ERROR = Row(500, API, "internal_error", should_retry=False)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with the body, in OpenAI's grammar.

    Attributes:
        code: OpenAI's code, such as `unknown_parameter` or `invalid_type`.
        message: What was given (shortened, never a credential), and what is allowed.
        param: The exact path, such as `session.tools[0].name`; None when it is the body itself.
    """

    code: str
    message: str
    param: str | None


class BrokerError(Exception):
    """An answer from the error table."""

    def __init__(
        self,
        row: Row,
        message: str,
        *,
        param: str | None = None,
        details: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Make the answer.

        Args:
            row: The line of the table.
            message: For the caller. Contains no credential, host name, stack, organisation or
                project id.
            param: The path of the field at fault.
            details: All violations, where several fields are wrong; at most 50 are answered.
            headers: Further response headers, lower-case names, such as `x-ratelimit-*`.
            request_id: OpenAI's `x-request-id`, where OpenAI was asked.
            reason: For the operator's log only; no credential in it either.
        """
        super().__init__(message)
        self.row = row
        self.message = message
        self.param = param
        self.details = tuple(details)
        self.headers = dict(headers or {})
        self.request_id = request_id
        self.reason = reason


class CallerError(BrokerError):
    """The caller must change something before asking again."""


class LimitError(BrokerError):
    """The caller must wait."""


class UpstreamError(BrokerError):
    """OpenAI did not give a client secret, and the caller cannot help it."""


class OperatorError(BrokerError):
    """The stack cannot work until its operator, or AWS, mends it."""


# The Ruby SDK waits at most this long, whatever it is told; a longer wait is not the SDK's.
LONGEST_SDK_WAIT_S = 8.0


def waiting_headers(wait_s: float) -> dict[str, str]:
    """The headers of a 429: `retry-after`, and what SDKs shall do until then.

    Args:
        wait_s: Seconds until another request may succeed.
    """
    seconds = {"retry-after": str(max(math.ceil(wait_s), 1))}
    if wait_s <= LONGEST_SDK_WAIT_S:
        return {**seconds, "retry-after-ms": str(max(math.ceil(wait_s * 1000), 1))}
    return {**seconds, "x-should-retry": "false"}


def invalid_params(violations: Sequence[Violation]) -> CallerError:
    """The 400 for a body whose fields are wrong: the first leads, all are in `details`."""
    first = violations[0]
    return CallerError(
        Row(400, INVALID_REQUEST, first.code),
        first.message,
        param=first.param,
        details=violations if len(violations) > 1 else (),
    )
