"""The function's configuration: one frozen value, read once from the environment by `app.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import urlsplit

# Time, in seconds: upstream budget 8 < function 12 < integration 29 (template.yaml).
UPSTREAM_BUDGET_S = 8.0
# Kept back of the function's time for the ledger and the answer.
ANSWER_RESERVE_S = 0.5

UnknownFields = Literal["reject", "forward"]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """What template.yaml tells the function.

    Attributes:
        service_name: The stack; Powertools' service, and the dimension of every metric.
        api_key_secret_id: Secrets Manager name or ARN of the OpenAI API key.
        openai_base_url: Where `/realtime/client_secrets` hangs; https, http for loopback only.
        unknown_fields: Whether a field outside OpenAI's contract is refused or passed on.
    """

    service_name: str
    api_key_secret_id: str
    openai_base_url: str
    unknown_fields: UnknownFields

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read and check the variables.

        Raises:
            KeyError: A variable is missing; names it.
            ValueError: A variable has a value that cannot work; names it and the fix.
        """
        return cls(
            service_name=env["SERVICE_NAME"],
            api_key_secret_id=env["OPENAI_API_KEY_SECRET_ID"],
            openai_base_url=_base_url(env["OPENAI_BASE_URL"]),
            unknown_fields=_unknown_fields(env["UNKNOWN_FIELDS"]),
        )

    @property
    def upstream_is_openai(self) -> bool:
        """Whether the base URL is one of OpenAI's own hosts, data residency included."""
        host = urlsplit(self.openai_base_url).hostname or ""
        return host == "api.openai.com" or host.endswith(".api.openai.com")


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    allowed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not allowed or not parts.hostname:
        raise ValueError("OPENAI_BASE_URL must be an https URL (http for loopback only).")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("OPENAI_BASE_URL must have no query, fragment or user name.")
    return value.rstrip("/")


def _unknown_fields(value: str) -> UnknownFields:
    if value not in ("reject", "forward"):
        raise ValueError("UNKNOWN_FIELDS must be reject or forward.")
    return cast(UnknownFields, value)
