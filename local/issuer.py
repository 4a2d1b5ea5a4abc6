"""A token issuer for this machine: a real RSA key, a JWKS and a discovery document over HTTP.

It gives a token to whoever asks, so it listens on 127.0.0.1 only and signs for no one else.
"""

import base64
import json
import time
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from local.http_connection import Service
from local.http_messages import Request, Response, json_response
from local.http_server import HttpServer

AUDIENCE = "openai-realtime"
SCOPE = "realtime/mint"
SUBJECT = "local-user"
LIFETIME_S = 3600

DISCOVERY_PATH = "/.well-known/openid-configuration"
JWKS_PATH = "/.well-known/jwks.json"
TOKEN_PATH = "/token"  # noqa: S105 - a path

# Pages on any local port may ask for a token.
_OPEN_TO_PAGES = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-headers", "content-type"),
]


class SigningKey:
    """An RSA key pair and the id under which its public half is published."""

    def __init__(self) -> None:
        self.kid = uuid.uuid4().hex
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r})"

    def jwk(self) -> dict[str, str]:
        """The public half."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": _base64url(numbers.n),
            "e": _base64url(numbers.e),
        }

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims."""
        return jwt.encode(dict(claims), self.private, "RS256", {"kid": self.kid})


class Issuer:
    """The issuer for the length of a `with` block."""

    def __init__(self, *, port: int = 0, audience: str = AUDIENCE, scope: str = SCOPE) -> None:
        """Bind the port; *audience* and *scope* are what its tokens have unless asked otherwise."""
        self.key = SigningKey()
        self.audience = audience
        self.scope = scope
        self._server = HttpServer(Service(self._respond, _refuse), port=port)

    @property
    def url(self) -> str:
        """The `iss` of its tokens."""
        return self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def claims(
        self, *, sub: str = SUBJECT, scope: str | None = None, expires_in_s: int = LIFETIME_S
    ) -> dict[str, Any]:
        """The claims of an access token issued now."""
        now = int(time.time())
        return {
            "iss": self.url,
            "aud": self.audience,
            "sub": sub,
            "scope": self.scope if scope is None else scope,
            "iat": now,
            "nbf": now,
            "exp": now + expires_in_s,
            "jti": uuid.uuid4().hex,
        }

    def access_token(
        self, *, sub: str = SUBJECT, scope: str | None = None, expires_in_s: int = LIFETIME_S
    ) -> str:
        """A signed access token."""
        return self.key.sign(self.claims(sub=sub, scope=scope, expires_in_s=expires_in_s))

    def _respond(self, request: Request) -> Response:
        match request.method, request.path:
            case "OPTIONS", _:
                return Response(204, headers=_OPEN_TO_PAGES)
            case "GET", "/.well-known/openid-configuration":
                return json_response(200, self._discovery(), _OPEN_TO_PAGES)
            case "GET", "/.well-known/jwks.json":
                return json_response(200, {"keys": [self.key.jwk()]}, _OPEN_TO_PAGES)
            case "POST", "/token":
                return self._token(request)
        return json_response(404, {"error": "not_found"}, _OPEN_TO_PAGES)

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": self.url + JWKS_PATH,
            "token_endpoint": self.url + TOKEN_PATH,
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "grant_types_supported": ["client_credentials"],
        }

    def _token(self, request: Request) -> Response:
        try:
            asked = _parameters(request)
            scope = asked.get("scope", self.scope)
            expires_in_s = int(asked.get("expires_in", LIFETIME_S))
            token = self.access_token(
                sub=asked.get("sub", SUBJECT), scope=scope, expires_in_s=expires_in_s
            )
        except (ValueError, OverflowError):
            return json_response(400, {"error": "invalid_request"}, _OPEN_TO_PAGES)
        answer = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": expires_in_s,
            "scope": scope,
        }
        return json_response(200, answer, [("cache-control", "no-store"), *_OPEN_TO_PAGES])


def _parameters(request: Request) -> dict[str, str]:
    """The body's parameters, from a form as OAuth has it or from JSON."""
    text = request.body.decode("utf-8")
    if text.lstrip().startswith("{"):
        return {name: str(value) for name, value in json.loads(text).items()}
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}


def _refuse(status: int) -> Response:
    return json_response(status, {"error": "invalid_request"})


def _base64url(number: int) -> str:
    content = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
