"""OpenAI's Realtime client secrets in Python, over urllib3.

A port of the Ruby SDK's `OpenAI::Resources::Realtime::ClientSecrets`, with the translation resource
that no official SDK has. Knows OpenAI and HTTP, and nothing of AWS. Reads no environment variable
but the proxies (`HTTPS_PROXY`, `NO_PROXY`), by `urllib.request`.

    from openai_realtime import Client, ClientSecrets

    client_secrets = ClientSecrets(Client(api_key))
    client_secret = client_secrets.create(session={"type": "realtime", "model": "gpt-realtime-2.1"})
    client_secret.value  # "ek_…", for the browser
"""

from openai_realtime.client import Client
from openai_realtime.client_secrets import (
    OMIT,
    ClientSecretCreateResponse,
    ClientSecrets,
    Omit,
    TranslationClientSecrets,
)
from openai_realtime.credentials import ApiKeyProvider, Credentials
from openai_realtime.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    OpenAIError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)
from openai_realtime.options import RequestOptions
from openai_realtime.retries import RetryPolicy

__all__ = [
    "OMIT",
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "ApiKeyProvider",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "ClientSecretCreateResponse",
    "ClientSecrets",
    "ConflictError",
    "Credentials",
    "InternalServerError",
    "NotFoundError",
    "Omit",
    "OpenAIError",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestOptions",
    "RetryPolicy",
    "TranslationClientSecrets",
    "UnprocessableEntityError",
]
