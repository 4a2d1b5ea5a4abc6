"""Step 5: ask OpenAI within the time that is left; put what went wrong into the error table."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from broker.contract import Kind
from broker.errors import (
    API,
    INVALID_REQUEST,
    BrokerError,
    CallerError,
    LimitError,
    OperatorError,
    Row,
    Rows,
    UpstreamError,
    waiting_headers,
)
from broker.issued_body import fault_in
from broker.redaction import for_callers, hide_issued, reveals, scrubbed
from broker.safety_identifier import HEADER as SAFETY_IDENTIFIER
from broker.settings import ANSWER_RESERVE_S, UPSTREAM_BUDGET_S, AuthHeader
from broker.time_left import limited_to
from openai_realtime.client import Client
from openai_realtime.client_secrets import (
    ClientSecretCreateResponse,
    ClientSecrets,
    TranslationClientSecrets,
)
from openai_realtime.credentials import ApiKeyProvider
from openai_realtime.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
)
from openai_realtime.retries import SPENT_CODES, RetryPolicy, asked_delay_s

# One retry, where OpenAI certainly minted nothing or said that it failed. A 409 or 429 is the
# caller's to retry; a read time-out may have minted.
RETRIES = RetryPolicy(
    statuses=lambda status: status in (500, 502, 503),
    after_sending=False,
    obey_x_should_retry=False,
    initial_delay_s=0.2,
    max_delay_s=1.0,
)
MAX_RETRIES = 1

# OpenAI's code for a safety identifier that its safety systems have blocked.
# No such model, or on Azure no such deployment: the caller's to mend.
_MODEL_CODES = frozenset({"model_not_found", "DeploymentNotFound"})
_BLOCKED_CODES = frozenset({"identifier_blocked", "user_blocked"})
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_LONGEST_MESSAGE = 4000
_LONGEST_WAIT_S = 24 * 3600
_UNUSABLE = "OpenAI gave an answer that cannot be used."


def resources(
    api_key: ApiKeyProvider, *, base_url: str, auth_header: AuthHeader = "authorization"
) -> dict[Kind, ClientSecrets]:
    """What mints each kind of session, over one pool of connections."""
    client = Client(
        api_key,
        base_url=base_url,
        auth_header=auth_header,
        max_retries=MAX_RETRIES,
        retry_policy=RETRIES,
    )
    return {"realtime": ClientSecrets(client), "translation": TranslationClientSecrets(client)}


def create(
    resource: ClientSecrets,
    params: Mapping[str, Any],
    *,
    safety_identifier: str,
    remaining_ms: int,
    expect_ek: bool,
) -> ClientSecretCreateResponse:
    """Mint.

    Args:
        resource: Of realtime or translation sessions.
        params: The body to send, exactly.
        safety_identifier: Names the caller to OpenAI, without saying who they are.
        remaining_ms: The function's time left, milliseconds.
        expect_ek: Whether a value that is not `ek_…` is unusable; so from OpenAI's own hosts.

    Raises:
        BrokerError: A row of the error table.
    """
    budget_s = min(UPSTREAM_BUDGET_S, remaining_ms / 1000 - ANSWER_RESERVE_S)
    try:
        # The client asks for the API key meanwhile, and for another one after a 401.
        with limited_to(budget_s):
            client_secret = resource.create(
                # The judged object itself is the body: its order and unknown fields included.
                request_options={
                    "extra_body": params,
                    "extra_headers": {SAFETY_IDENTIFIER: safety_identifier},
                    "total_timeout": budget_s,
                    "timeout": budget_s,
                }
            )
    except APIError as exc:
        raise answer_to(exc) from exc
    hide_issued(client_secret.value)
    client_secret = replace(client_secret, request_id=_word(client_secret.request_id))
    fault = fault_in(client_secret.body)
    if expect_ek and not client_secret.value.startswith("ek_"):
        fault = "its value does not start with ek_"
    # What only looks like OpenAI may give out what it was asked with.
    if reveals(client_secret.value):
        fault = "its value holds a credential of the service's own"
    if fault:
        raise UpstreamError(
            Rows.UPSTREAM_INVALID_RESPONSE,
            _UNUSABLE,
            request_id=client_secret.request_id,
            reason=f"OpenAI's answer cannot be used: {fault}.",
        )
    return client_secret


def issued_nothing(error: BrokerError) -> bool:
    """Whether OpenAI certainly issued nothing: it refused, or was not asked."""
    if isinstance(error.__cause__, APIError):
        return not error.__cause__.may_have_acted
    # Without a credential to send, nothing was sent.
    return isinstance(error, OperatorError)


def answer_to(error: APIError) -> BrokerError:
    """The row of the table for *error*."""
    if isinstance(error, APIStatusError):
        return _status_answer(error)
    row, message = _without_status(error)
    return UpstreamError(row, message, request_id=_word(error.request_id), reason=str(error))


def _without_status(error: APIError) -> tuple[Row, str]:
    if isinstance(error, APITimeoutError):
        return Rows.UPSTREAM_TIMEOUT, "OpenAI did not answer in time."
    if isinstance(error, APIResponseValidationError) or _broke_off_in_a_2xx(error):
        return Rows.UPSTREAM_INVALID_RESPONSE, _UNUSABLE
    if isinstance(error, APIConnectionError):
        return Rows.UPSTREAM_UNREACHABLE, "OpenAI cannot be reached just now."
    return Rows.UPSTREAM_ERROR, "OpenAI failed."


def _broke_off_in_a_2xx(error: APIError) -> bool:
    status = error.status_code if isinstance(error, APIConnectionError) else None
    return status is not None and 200 <= status < 300


def _status_answer(error: APIStatusError) -> BrokerError:
    status, code = error.status_code, error.code
    if code in _BLOCKED_CODES:
        return _ours(error, Rows.USER_BLOCKED, "OpenAI has blocked this user.", CallerError)
    if status in (400, 413, 422) or (status in (403, 404) and code in _MODEL_CODES):
        return _passed_on(error, CallerError)
    if status == 409:
        return _passed_on(error, CallerError, should_retry=False)
    if status == 429 and code in SPENT_CODES:
        return _ours(error, Rows.UPSTREAM_QUOTA_EXHAUSTED, "The service's OpenAI account is spent.")
    if status == 429:
        return _passed_on(error, LimitError)
    if status in (401, 403):
        words = "OpenAI refused the service's credentials. Its operator has been told."
        return _ours(error, Rows.UPSTREAM_AUTHENTICATION_FAILED, words)
    if status == 408:
        return _ours(error, Rows.UPSTREAM_TIMEOUT, "OpenAI did not answer in time.")
    if status >= 500:
        return _ours(error, Rows.UPSTREAM_ERROR, "OpenAI failed.")
    return _ours(error, Rows.UPSTREAM_INVALID_RESPONSE, _UNUSABLE)


def _ours(
    error: APIStatusError,
    row: Row,
    message: str,
    kind: Callable[..., BrokerError] = UpstreamError,
) -> BrokerError:
    return kind(row, message, request_id=_word(error.request_id), reason=str(error))


def _passed_on(
    error: APIStatusError, kind: Callable[..., BrokerError], *, should_retry: bool | None = None
) -> BrokerError:
    """OpenAI's own status and error, its words made fit for the caller."""
    default_type = INVALID_REQUEST if error.status_code < 500 else API
    code, kind_of_error = _word(error.code), _word(error.type) or default_type
    row = Row(error.status_code, kind_of_error, code, should_retry)
    message = for_callers(error.message or "OpenAI refused the request.")
    return kind(
        row,
        # Cut when it is clean: half a credential is one that no pattern knows.
        message[:_LONGEST_MESSAGE],
        param=for_callers(error.param)[:_LONGEST_MESSAGE] if error.param else None,
        request_id=_word(error.request_id),
        headers=_waiting(error) if error.status_code == 429 else {},
        reason=str(error),
    )


def _waiting(error: APIStatusError) -> dict[str, str]:
    """OpenAI's wait, in our words; without one the SDKs back off by themselves."""
    if error.headers.get("x-should-retry", "").lower() == "false":
        return {"x-should-retry": "false"}
    wait_s = asked_delay_s(error.headers, now=time.time())
    return {} if wait_s is None else waiting_headers(min(wait_s, _LONGEST_WAIT_S))


def _word(value: str | None) -> str | None:
    """A code or id of OpenAI's, where it is one: it becomes a header, or a metric's dimension."""
    is_one = value is not None and _WORD.fullmatch(value) and scrubbed(value) == value
    return value if is_one else None
