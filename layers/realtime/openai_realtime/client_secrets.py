"""The resources: `POST /realtime/client_secrets` and its translation sibling."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, final

from openai_realtime.client import Client
from openai_realtime.errors import APIResponseValidationError
from openai_realtime.options import RequestOptions
from openai_realtime.transport import Answer


@final
class Omit:
    """The type of `OMIT`: an argument that was not given, as against one that is None."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = Omit()


@dataclass(frozen=True, slots=True, repr=False)
class ClientSecretCreateResponse:
    """A client secret.

    Attributes:
        value: `ek_…`; byte for byte what OpenAI gave. SDKs in browsers insist on the prefix.
        expires_at: When the secret stops opening sessions, epoch seconds, UTC.
        session: The effective session; empty where OpenAI named none.
        request_id: OpenAI's `x-request-id`.
        retries_taken: Attempts made after the first.
        body: OpenAI's whole answer, fields unknown to us included.
    """

    value: str
    expires_at: int
    session: Mapping[str, Any]
    request_id: str | None = field(default=None, compare=False)
    retries_taken: int = field(default=0, compare=False)
    body: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        return f"ClientSecretCreateResponse(value=***, expires_at={self.expires_at})"

    def __reduce__(self) -> str:
        raise TypeError("A client secret is not pickled.")


class ClientSecrets:
    """`client.realtime.client_secrets` of the official SDKs."""

    path: ClassVar[str] = "realtime/client_secrets"

    def __init__(self, client: Client) -> None:
        self._client = client

    def close(self) -> None:
        """Close the idle connections; the next call opens a new one."""
        self._client.close()

    def create(
        self,
        *,
        expires_after: Mapping[str, Any] | Omit | None = OMIT,
        session: Mapping[str, Any] | Omit | None = OMIT,
        request_options: RequestOptions | None = None,
    ) -> ClientSecretCreateResponse:
        """Create a client secret bound to *session*.

        Args:
            expires_after: `{"anchor": "created_at", "seconds": 10..7200}`; OpenAI uses 600 seconds
                when omitted. None is sent as `null`, as is a `session` of None.
            session: Session configuration; OpenAI's defaults when omitted.
            request_options: Overrides for this call.

        Returns:
            The `ek_…` value, its expiry and the effective session.

        Raises:
            APIStatusError: OpenAI refused; its subclass tells the status.
            APIResponseValidationError: OpenAI answered 2xx without a usable client secret.
            APITimeoutError: No whole answer in time.
            APIConnectionError: No answer.

        Source: POST /v1/realtime/client_secrets, OpenAI API reference.
        """
        given = {"expires_after": expires_after, "session": session}
        body = {name: value for name, value in given.items() if not isinstance(value, Omit)}
        answer, retries_taken = self._client.request("POST", self.path, body, request_options)
        return _client_secret(answer, retries_taken)


class TranslationClientSecrets(ClientSecrets):
    """The same for live translation: `session` has a model and no type.

    Source: POST /v1/realtime/translations/client_secrets, OpenAI API reference.
    """

    path: ClassVar[str] = "realtime/translations/client_secrets"


# What OpenAI's clients put behind `Bearer`: visible ASCII.
_TOKEN = re.compile(r"[!-~]+")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _client_secret(answer: Answer, retries_taken: int) -> ClientSecretCreateResponse:
    request_id = answer.headers.get("x-request-id")

    def unusable(why: str) -> APIResponseValidationError:
        error = APIResponseValidationError(
            f"OpenAI answered {answer.status_code} without a usable client secret: {why}.",
            status_code=answer.status_code,
            request_id=request_id,
        )
        error.retries_taken = retries_taken
        return error

    if not answer.complete:
        raise unusable("the answer is longer than 1 MiB")
    try:
        body = json.loads(answer.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        # From None: the parser's error quotes the body, which may hold a secret.
        raise unusable("it is not JSON") from None
    if not isinstance(body, dict):
        raise unusable("it is not a JSON object")
    value, expires_at, session = body.get("value"), body.get("expires_at"), body.get("session")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise unusable("it has no value that a header can carry")
    if not isinstance(expires_at, int) or isinstance(expires_at, bool):
        raise unusable("it has no expires_at")
    return ClientSecretCreateResponse(
        value=value,
        expires_at=expires_at,
        session=session if isinstance(session, dict) else {},
        request_id=request_id,
        retries_taken=retries_taken,
        body=body,
    )
