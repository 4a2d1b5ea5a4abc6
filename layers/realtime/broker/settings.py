"""The function's configuration: one frozen value, read once from the environment by `app.py`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import urlsplit

from broker.quota_windows import Limits

# Time, in seconds: upstream budget 8 < function 12 < integration 29 (template.yaml).
UPSTREAM_BUDGET_S = 8.0
# Kept back of the function's time for the ledger and the answer.
ANSWER_RESERVE_S = 0.5

UnknownFields = Literal["reject", "forward"]
QuotaFailureMode = Literal["closed", "open"]
AuthHeader = Literal["authorization", "api-key"]
# Azure's hosts, its sovereign clouds included; they take a key in `api-key` alone, and in
# `authorization` an Entra token. Source: Azure OpenAI in Foundry Models, v1 API.
_AZURE = re.compile(
    r".+\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)", re.IGNORECASE
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """What template.yaml tells the function.

    Attributes:
        service_name: The stack; Powertools' service, and the dimension of every metric.
        api_key_secret_id: Secrets Manager name or ARN of the OpenAI API key.
        openai_base_url: Where `/realtime/client_secrets` hangs; https, http for loopback only.
        openai_auth_header: The header that takes the API key there.
        unknown_fields: Whether a field outside OpenAI's contract is refused or passed on.
        safety_pepper_secret_id: Secrets Manager name or ARN of the safety identifiers' pepper.
        mcp_secrets_prefix: What the names of all MCP credentials begin with.
        quota_table_name: DynamoDB table of the counts.
        quota_limits: Requests by period; 0 is no limit.
        quota_failure_mode: What happens when the table does not answer.
    """

    service_name: str
    api_key_secret_id: str
    openai_base_url: str
    openai_auth_header: AuthHeader
    unknown_fields: UnknownFields
    safety_pepper_secret_id: str
    mcp_secrets_prefix: str
    quota_table_name: str
    quota_limits: Limits
    quota_failure_mode: QuotaFailureMode

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
            openai_base_url=base_url_in(env, "OPENAI_BASE_URL"),
            openai_auth_header=_auth_header(env["OPENAI_AUTH_HEADER"], env["OPENAI_BASE_URL"]),
            unknown_fields=_unknown_fields(env["UNKNOWN_FIELDS"]),
            safety_pepper_secret_id=env["SAFETY_PEPPER_SECRET_ID"],
            mcp_secrets_prefix=env["MCP_SECRETS_PREFIX"],
            quota_table_name=env["QUOTA_TABLE_NAME"],
            quota_limits=Limits(
                per_minute=number_in(env, "QUOTA_PER_MINUTE"),
                per_day=number_in(env, "QUOTA_PER_DAY"),
                per_stack_per_day=number_in(env, "QUOTA_PER_STACK_PER_DAY"),
            ),
            quota_failure_mode=_failure_mode(env["QUOTA_FAILURE_MODE"]),
        )

    @property
    def upstream_is_openai(self) -> bool:
        """Whether the base URL is one of OpenAI's own hosts, data residency included."""
        host = urlsplit(self.openai_base_url).hostname or ""
        return host == "api.openai.com" or host.endswith(".api.openai.com")


def base_url_in(env: Mapping[str, str], name: str) -> str:
    """The variable *name*, if it is a URL that a key may be sent to, without a trailing slash."""
    value = env[name]
    parts = urlsplit(value)
    allowed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not allowed or not parts.hostname:
        raise ValueError(f"{name} must be an https URL (http for loopback only).")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"{name} must have no query, fragment or user name.")
    return value.rstrip("/")


def _auth_header(value: str, base_url: str) -> AuthHeader:
    if value == "auto":
        return "api-key" if _AZURE.fullmatch(urlsplit(base_url).hostname or "") else "authorization"
    if value not in ("authorization", "api-key"):
        raise ValueError("OPENAI_AUTH_HEADER must be auto, authorization or api-key.")
    return cast(AuthHeader, value)


def _unknown_fields(value: str) -> UnknownFields:
    if value not in ("reject", "forward"):
        raise ValueError("UNKNOWN_FIELDS must be reject or forward.")
    return cast(UnknownFields, value)


def _failure_mode(value: str) -> QuotaFailureMode:
    if value not in ("closed", "open"):
        raise ValueError("QUOTA_FAILURE_MODE must be closed or open.")
    return cast(QuotaFailureMode, value)


def number_in(env: Mapping[str, str], name: str) -> int:
    """The variable *name*, if it is a whole number of at least 0."""
    value = env[name]
    if not value.isascii() or not value.isdecimal():
        raise ValueError(f"{name} must be a whole number; 0 is no limit.")
    return int(value)
