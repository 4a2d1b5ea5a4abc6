"""The OpenAI API key: read from Secrets Manager, kept a while, read anew when OpenAI refuses it.

The secret is a bare string, or JSON with `api_key` and optionally `organization` and `project`.
"""

import json
import time
from collections.abc import Callable

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from botocore.exceptions import ClientError

from broker.errors import OperatorError, Rows
from openai_realtime.credentials import Credentials

# A key put in by the operator serves within this time even if OpenAI never refuses the old one.
MAX_AGE_S = 300
# With Secrets Manager down, the last good key serves on for a day.
STALE_S = 24 * 3600
# After a 401, no second look-up for this long: an outage must not become a flood of look-ups.
COOL_DOWN_S = 30

# Two short attempts fit into the function's time beside the call to OpenAI.
BOTO_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# What only the operator can mend; everything else passes.
_OPERATOR_CODES = frozenset(
    {"ResourceNotFoundException", "AccessDeniedException", "InvalidRequestException"}
    | {"DecryptionFailure", "DecryptionFailureException", "InvalidParameterException"}
    | {"ValidationException", "UnrecognizedClientException", "InvalidClientTokenId"}
)
_CALLERS_WORDS = "The service has no usable OpenAI API key. Its operator has been told."
_CALLERS_WORDS_PASSING = "The service cannot read its OpenAI API key just now. Try again shortly."


class ApiKey:
    """The key provider of the OpenAI client.

    Args:
        secret_id: Secrets Manager name or ARN.
        provider: Made on first use when absent.
        clock: Seconds since some fixed moment.
        on_stale: Called when an old value serves because Secrets Manager does not answer.
    """

    def __init__(
        self,
        secret_id: str,
        *,
        provider: SecretsProvider | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_stale: Callable[[], None] = lambda: None,
    ) -> None:
        self._secret_id = secret_id
        self._provider = provider
        self._clock = clock
        self._on_stale = on_stale
        self._credentials: Credentials | None = None
        self._read_at = 0.0
        self._refreshed_at: float | None = None

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def current(self) -> Credentials:
        """The key, at most `MAX_AGE_S` old where Secrets Manager answers.

        Raises:
            OperatorError: 503; there is no key, or none that can be read.
        """
        known = self._credentials
        if known is not None and self._clock() - self._read_at < MAX_AGE_S:
            return known
        return self._read(force=False)

    def refresh(self) -> Credentials:
        """The key after OpenAI refused it; looked up at most every `COOL_DOWN_S`.

        Raises:
            OperatorError: 503; as for `current`.
        """
        now = self._clock()
        cooling = self._refreshed_at is not None and now - self._refreshed_at < COOL_DOWN_S
        if cooling and self._credentials is not None:
            return self._credentials
        self._refreshed_at = now
        return self._read(force=True)

    def _read(self, *, force: bool) -> Credentials:
        try:
            credentials = self._fetch(force=force)
        except OperatorError as error:
            age_s = self._clock() - self._read_at
            passing = error.row is Rows.SECRETS_MANAGER_UNAVAILABLE
            if self._credentials is None or not passing or age_s > STALE_S:
                raise
            self._on_stale()
            return self._credentials
        self._credentials = credentials
        self._read_at = self._clock()
        return credentials

    def _fetch(self, *, force: bool) -> Credentials:
        if self._provider is None:
            self._provider = SecretsProvider(boto_config=BOTO_CONFIG)
        try:
            value = self._provider.get(self._secret_id, max_age=MAX_AGE_S, force_fetch=force)
        except GetParameterError as exc:
            raise _unreadable(exc) from exc
        return _parsed(value)


def _unreadable(exc: GetParameterError) -> OperatorError:
    # Powertools keeps the cause only as the context, and its text is boto's.
    cause = exc.__context__
    code = cause.response["Error"].get("Code", "") if isinstance(cause, ClientError) else ""
    if code in _OPERATOR_CODES:
        reason = f"Secrets Manager: {code}. Put the key in with the command in the stack's Outputs."
        return OperatorError(Rows.API_KEY_UNAVAILABLE, _CALLERS_WORDS, reason=reason)
    reason = f"Secrets Manager: {code or type(cause).__name__}"
    return OperatorError(Rows.SECRETS_MANAGER_UNAVAILABLE, _CALLERS_WORDS_PASSING, reason=reason)


def _parsed(value: object) -> Credentials:
    """The credentials in a secret's value; the log names what is wrong with it, never the value."""
    if not isinstance(value, str) or not value.strip():
        raise _malformed("The secret is empty.")
    if not value.lstrip().startswith(("{", "[", '"')):
        fields: object = {"api_key": value}
    else:
        try:
            fields = json.loads(value)
        except (ValueError, RecursionError):
            raise _malformed("The secret looks like JSON and is not.") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("api_key"), str):
        raise _malformed('The secret is JSON without a string "api_key".')
    try:
        return Credentials(
            fields["api_key"],
            organization=fields.get("organization") or None,
            project=fields.get("project") or None,
        )
    except (ValueError, TypeError) as exc:
        raise _malformed(f"The secret's {exc}") from None


def _malformed(reason: str) -> OperatorError:
    return OperatorError(Rows.API_KEY_UNAVAILABLE, _CALLERS_WORDS, reason=reason)
