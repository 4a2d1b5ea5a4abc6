"""The OpenAI API key: read from Secrets Manager, kept a while, read anew when OpenAI refuses it.

The secret is a bare string, or JSON with `api_key` and optionally `organization` and `project`.
"""

import json
import time
from collections.abc import Callable

from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from broker.errors import OperatorError, Rows
from broker.secret_source import Provider, SecretSource, unreadable, unusable
from openai_realtime.credentials import Credentials

# A key put in by the operator serves within this time even if OpenAI never refuses the old one.
MAX_AGE_S = 300
# With Secrets Manager down, the last good key serves on for a day.
STALE_S = 24 * 3600
# After a 401, no second look-up for this long: an outage must not become a flood of look-ups.
COOL_DOWN_S = 30

_ADVICE = "Put the key in with the command in the stack's Outputs."


class ApiKey:
    """The key provider of the OpenAI client.

    Args:
        secret_id: Secrets Manager name or ARN.
        provider: Secrets Manager, with a client of its own, when absent.
        clock: Seconds since some fixed moment.
        on_stale: Called when an old value serves because Secrets Manager does not answer.
    """

    def __init__(
        self,
        secret_id: str,
        *,
        provider: Provider | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_stale: Callable[[], None] = lambda: None,
    ) -> None:
        self._secret_id = secret_id
        self._provider = provider or SecretSource()
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
        try:
            value = self._provider.get(self._secret_id, max_age=MAX_AGE_S, force_fetch=force)
        except GetParameterError as exc:
            raise unreadable(exc, what="The OpenAI API key", advice=_ADVICE) from exc
        return _parsed(value)


def _parsed(value: object) -> Credentials:
    """The credentials in a secret's value; the log names what is wrong with it, never the value."""
    if not isinstance(value, str) or not value.strip():
        raise unusable("The secret is empty.")
    if not value.lstrip().startswith(("{", "[", '"')):
        fields: object = {"api_key": value}
    else:
        try:
            fields = json.loads(value)
        except (ValueError, RecursionError):
            raise unusable("The secret looks like JSON and is not.") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("api_key"), str):
        raise unusable('The secret is JSON without a string "api_key".')
    try:
        return Credentials(
            fields["api_key"],
            organization=fields.get("organization") or None,
            project=fields.get("project") or None,
        )
    except (ValueError, TypeError) as exc:
        raise unusable(f"The secret's {exc}") from None
