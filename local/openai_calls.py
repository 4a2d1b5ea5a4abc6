"""`POST /v1/realtime/calls` of the stand-in: who may open a call, and with which session.

The call itself is somebody else's: `make talk` brings a WebRTC peer. Without one, the answer says
so.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any, Protocol

from local.http_messages import Request

CALLS = "/realtime/calls"
CALLS_TRANSLATION = "/realtime/translations/calls"
# Browsers ask from another origin, as they do OpenAI.
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "authorization, content-type, x-openai-agents-sdk",
    "access-control-expose-headers": "location, x-request-id",
}
NOT_SERVED = (
    "This stand-in for OpenAI mints client secrets, but takes no calls. Stop it (Ctrl-C) and run "
    "`make talk`, or run it with your OPENAI_API_KEY."
)


class OfferError(Exception):
    """The offer cannot be answered."""


class Calls(Protocol):
    """Whoever takes the calls."""

    def answer(self, offer: str, session: dict[str, Any]) -> str:
        """The SDP answer to an SDP offer, for a call with this session."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A client secret that the stand-in has issued; `expires_at` in epoch seconds."""

    session: dict[str, Any]
    expires_at: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not opened: status, code and message of OpenAI's error."""

    status: int
    code: str
    message: str


def open_call(request: Request, issued: dict[str, Issued], calls: Calls | None) -> str | Refusal:
    """The SDP answer, or why there is none."""
    scheme, _, client_secret = (request.header("authorization") or "").partition(" ")
    known = issued.get(client_secret)
    if scheme.lower() != "bearer" or known is None:
        return Refusal(401, "invalid_api_key", "Incorrect API key provided.")
    if known.expires_at <= time.time():
        return Refusal(401, "token_expired", "The client secret has expired.")
    is_translation = known.session["type"] == "translation"
    if is_translation != request.path.endswith(CALLS_TRANSLATION):
        return Refusal(400, "invalid_session", "The client secret is for another kind of session.")
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/sdp":
        return Refusal(400, "unsupported_content_type", f"Unsupported content type '{media_type}'.")
    if calls is None:
        return Refusal(501, "calls_not_served", NOT_SERVED)
    try:
        return calls.answer(request.body.decode(), known.session)
    except (OfferError, UnicodeDecodeError):
        return Refusal(400, "invalid_offer", "Could not parse the SDP offer.")


def call_headers(path: str) -> dict[str, str]:
    """Headers of a call that was opened."""
    location = f"{path}/rtc_{secrets.token_hex(12)}"
    return {**CORS, "content-type": "application/sdp", "location": location}
