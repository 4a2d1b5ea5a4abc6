"""Secrets Manager: one client for every secret the function reads, made on first use.

What cannot be read is a row of the error table. To a caller all secrets are alike,
`api_key_unavailable`: the service lacks a credential, and its operator must mend it, or AWS will.
The log says which one, and why.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from botocore.config import Config
from botocore.exceptions import ClientError

from broker import aws
from broker.errors import OperatorError, Rows
from broker.time_left import within

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

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


class UnreadableError(Exception):
    """Secrets Manager did not give a value; the cause says why."""


class Provider(Protocol):
    """Where secrets come from."""

    def get(self, name: str, *, max_age: int, force_fetch: bool = False) -> object:
        """The secret's value, at most *max_age* seconds old.

        Raises:
            UnreadableError: There is none, or none that can be read.
        """
        ...


class SecretSource:
    """Secrets Manager, with a client that is made when it is first asked, not at import.

    Args:
        on_read: Called when Secrets Manager has given a value.
    """

    def __init__(self, *, on_read: Callable[[], None] = lambda: None) -> None:
        self._on_read = on_read
        self._client: SecretsManagerClient | None = None
        self._values: dict[str, object] = {}
        self._read_at: dict[str, tuple[float, float]] = {}

    def __repr__(self) -> str:
        return "SecretSource(***)"

    def __reduce__(self) -> str:
        raise TypeError("Secrets are not pickled.")

    def forget(self) -> None:
        """Drop every value, and the client with its sockets and AWS credentials."""
        self._client = None
        self._values.clear()
        self._read_at.clear()
        aws.forget()

    def get(self, name: str, *, max_age: int, force_fetch: bool = False) -> object:
        """As `Provider.get`; ends within `LOOK_UP_S` and the request's time."""
        if not force_fetch and self._age_s(name) < max_age:
            return self._values[name]
        try:
            value = within(LOOK_UP_S, lambda: self._look_up(name))
        # botocore raises errors of its own, and of whatever it reads an answer with.
        except Exception as exc:
            raise UnreadableError from exc
        self._values[name], self._read_at[name] = value, _moment()
        self._on_read()
        return value

    def _age_s(self, name: str) -> float:
        """Seconds since the value was read, by the clock that says more."""
        read_at = self._read_at.get(name)
        if read_at is None:
            return float("inf")
        return max(now - then for now, then in zip(_moment(), read_at, strict=True))

    def _look_up(self, name: str) -> object:
        if self._client is None:
            self._client = aws.client("secretsmanager", BOTO_CONFIG)
        found = self._client.get_secret_value(SecretId=name)
        return found["SecretString"] if "SecretString" in found else found["SecretBinary"]


def _moment() -> tuple[float, float]:
    """Now: one clock stands still in a frozen environment, the other may be set."""
    return time.monotonic(), time.time()


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
    except UnreadableError as exc:
        raise unreadable(exc, what=what) from exc
    if not isinstance(value, str) or not value.strip():
        raise unusable(f"{what}: the secret is empty.")
    return value.strip()


def unreadable(exc: UnreadableError, *, what: str, advice: str = "") -> OperatorError:
    """The row for a secret that Secrets Manager did not give."""
    cause = exc.__cause__
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
