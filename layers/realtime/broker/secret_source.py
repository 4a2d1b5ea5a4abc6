"""Secrets Manager: one client for every secret the function reads, made on first use.

What cannot be read is a row of the error table. To a caller all secrets are alike,
`api_key_unavailable`: the service lacks a credential, and its operator must mend it, or AWS will.
The log says which one, and why.
"""

from collections.abc import Callable
from typing import Protocol

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from botocore.exceptions import ClientError

from broker.errors import OperatorError, Rows
from broker.time_left import within

# Two short attempts, with up to a second between them.
BOTO_CONFIG = Config(
    connect_timeout=1,
    read_timeout=1.5,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# For the whole of a look-up, whatever it waits for: OpenAI must be asked in the same request.
LOOK_UP_S = 4.0
# What only the operator can mend; everything else passes.
_OPERATOR_CODES = frozenset(
    {"ResourceNotFoundException", "AccessDeniedException", "InvalidRequestException"}
    | {"DecryptionFailure", "DecryptionFailureException", "InvalidParameterException"}
    | {"ValidationException", "UnrecognizedClientException", "InvalidClientTokenId"}
)


class Provider(Protocol):
    """What Powertools' providers offer."""

    def get(self, name: str, *, max_age: int, force_fetch: bool = False) -> object:
        """The secret's value, at most *max_age* seconds old.

        Raises:
            GetParameterError: There is none, or none that can be read.
        """
        ...


class SecretSource:
    """A `Provider` whose client is made when it is first asked, not at import.

    Args:
        on_read: Called when Secrets Manager has given a value.
    """

    def __init__(self, *, on_read: Callable[[], None] = lambda: None) -> None:
        self._on_read = on_read
        self._provider: SecretsProvider | None = None

    def forget(self) -> None:
        """Drop every value, and the client with its sockets and AWS credentials."""
        self._provider = None

    def get(self, name: str, *, max_age: int, force_fetch: bool = False) -> object:
        """As `Provider.get`; ends within `LOOK_UP_S` and the request's time."""
        # An expired value would be fetched by the provider itself, with nothing to stop it. Its
        # keys are name, transform, and whether it is a group.
        known, key = self._provider, (name, None, False)
        if known is not None and not force_fetch and known.has_not_expired_in_cache(key):
            return known.get(name, max_age=max_age)
        try:
            value = within(LOOK_UP_S, lambda: self._look_up(name, max_age))
        except TimeoutError as exc:
            raise GetParameterError("Secrets Manager did not answer in time.") from exc
        self._on_read()
        return value

    def _look_up(self, name: str, max_age: int) -> object:
        if self._provider is None:
            self._provider = SecretsProvider(boto_config=BOTO_CONFIG)
        return self._provider.get(name, max_age=max_age, force_fetch=True)


def read(provider: Provider, secret_id: str, *, max_age_s: int, what: str) -> str:
    """A secret that is a bare string.

    Args:
        provider: Where from.
        secret_id: Name or ARN.
        max_age_s: How long a value may be used before it is looked up again, seconds.
        what: For the operator's log: what the secret is.

    Raises:
        OperatorError: 503; there is no such secret, it is empty, or it cannot be read.
    """
    try:
        value = provider.get(secret_id, max_age=max_age_s)
    except GetParameterError as exc:
        raise unreadable(exc, what=what) from exc
    if not isinstance(value, str) or not value.strip():
        raise unusable(f"{what}: the secret is empty.")
    return value.strip()


def unreadable(exc: GetParameterError, *, what: str, advice: str = "") -> OperatorError:
    """The row for a secret that Secrets Manager did not give."""
    # Powertools keeps the cause only as the context, and its text is boto's.
    cause = exc.__context__
    code = cause.response["Error"].get("Code", "") if isinstance(cause, ClientError) else ""
    if code in _OPERATOR_CODES:
        return unusable(f"{what}: Secrets Manager answered {code}. {advice}".strip())
    return OperatorError(
        Rows.SECRETS_MANAGER_UNAVAILABLE,
        "The service cannot read its credentials just now. Try again shortly.",
        reason=f"{what}: Secrets Manager: {code or type(cause).__name__}",
    )


def unusable(reason: str) -> OperatorError:
    """The row for a secret that only the operator can mend; *reason* names no value."""
    return OperatorError(
        Rows.API_KEY_UNAVAILABLE,
        "The service lacks a usable credential. Its operator has been told.",
        reason=reason,
    )
