"""API Gateway's JWT authorizer: which tokens pass, and what the function learns of them.

Source: "Control access to HTTP APIs with JWT authorizers". Checked: the signature, by a key
of the issuer's JWKS and RS256 alone; `iss`; `aud`, or else `client_id`; `exp`, `nbf`, `iat`; scope.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
import urllib3

from local.authorizers import RefusedError
from local.http_messages import Request
from local.routes import Route

# API Gateway keeps keys for up to two hours and gives discovery and JWKS 1.5 s each.
KEYS_MAX_AGE_S = 2 * 60 * 60
FETCH_TIMEOUT_S = 1.5
MAX_JWKS_BYTES = 150_000
# An unknown `kid` is a reason to look again, but not for every request that makes one up.
REFETCH_AFTER_S = 10.0


class UnverifiedError(Exception):
    """The token proves nothing; the text becomes `error_description`."""


class Keys:
    """An issuer's public keys, found through its discovery document and cached."""

    def __init__(self, issuer: str, *, refetch_after_s: float = REFETCH_AFTER_S) -> None:
        self._discovery = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        self._refetch_after_s = refetch_after_s
        self._http = urllib3.PoolManager(timeout=FETCH_TIMEOUT_S, retries=False)
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._lock = threading.Lock()

    def get(self, kid: str) -> jwt.PyJWK:
        """The key of that id.

        Raises:
            UnverifiedError: The issuer has none, or cannot be asked.
        """
        with self._lock:
            age_s = time.monotonic() - self._fetched_at
            too_old = age_s > KEYS_MAX_AGE_S
            if too_old or (kid not in self._keys and age_s > self._refetch_after_s):
                self._keys = self._fetch()
                self._fetched_at = time.monotonic()
            if kid not in self._keys:
                raise UnverifiedError("the token is signed with an unknown key")
            return self._keys[kid]

    def _fetch(self) -> dict[str, jwt.PyJWK]:
        try:
            jwks = self._read(str(self._read(self._discovery)["jwks_uri"]))
            keys = jwt.PyJWKSet.from_dict(jwks).keys
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, jwt.PyJWTError) as exc:
            raise UnverifiedError("OIDC discovery endpoint communication error") from exc
        return {key.key_id: key for key in keys if key.key_id and key.key_type == "RSA"}

    def _read(self, url: str) -> dict[str, Any]:
        answer = self._http.request("GET", url, redirect=False)
        if answer.status != 200 or len(answer.data) > MAX_JWKS_BYTES:
            raise ValueError(url)
        document = json.loads(answer.data)
        if not isinstance(document, dict):
            raise ValueError(url)  # noqa: TRY004 - a bad document, wherever its badness lies
        return document


class JwtAuthorizer:
    """Asked by the gateway on every route with `AuthorizationType: JWT`."""

    def __init__(self, *, issuer: str, audience: Sequence[str], keys: Keys | None = None) -> None:
        """Accept tokens of *issuer* that are meant for one of *audience*."""
        self._issuer = issuer
        self._audience = tuple(audience)
        self._keys = keys or Keys(issuer)

    def __call__(self, request: Request, route: Route) -> Mapping[str, Any]:
        """The `jwt` context for the event.

        Raises:
            RefusedError: 401 without a valid token, 403 without a scope of the route.
        """
        unverified_jwt = _bearer(request.header("authorization"))
        if not unverified_jwt:
            raise RefusedError(401, [("www-authenticate", "Bearer")])
        try:
            claims = self._verified(unverified_jwt)
        except UnverifiedError as exc:
            challenge = f'Bearer scope="" error="invalid_token" error_description="{exc}"'
            raise RefusedError(401, [("www-authenticate", challenge)]) from exc
        scopes = _scopes(claims)
        if route.scopes and not set(route.scopes) & set(scopes):
            wanted = " ".join(route.scopes)
            challenge = f'Bearer scope="{wanted}" error="insufficient_scope"'
            raise RefusedError(403, [("www-authenticate", challenge)])
        strings = {name: claim_as_string(value) for name, value in claims.items()}
        return {"jwt": {"claims": strings, "scopes": scopes if route.scopes else None}}

    def _verified(self, unverified_jwt: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(unverified_jwt)
        except _MALFORMED as exc:
            raise UnverifiedError("the token is malformed") from exc
        key = self._keys.get(str(header.get("kid", "")))
        try:
            claims: dict[str, Any] = jwt.decode(
                unverified_jwt,
                key,
                algorithms=["RS256"],
                issuer=self._issuer,
                options={"require": ["iss", "exp"], "verify_aud": False, "verify_sub": False},
            )
        except _MALFORMED as exc:
            raise UnverifiedError(_description(exc)) from exc
        self._check_audience(claims)
        return claims

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        # `client_id` counts only where there is no `aud`: Cognito's access tokens.
        given = claims.get("aud", claims.get("client_id"))
        audience = given if isinstance(given, list) else [given]
        if not any(each in self._audience for each in audience):
            raise UnverifiedError("the token does not have a valid audience")


def claim_as_string(value: object) -> str:
    """A claim as API Gateway writes it into the event: arrays as `[a b]`, objects as `map[k:v]`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(map(claim_as_string, value))}]"
    if isinstance(value, dict):
        pairs = (f"{name}:{claim_as_string(each)}" for name, each in sorted(value.items()))
        return f"map[{' '.join(pairs)}]"
    return "<nil>" if value is None else str(value)


# Beside PyJWT's own: JSON nested too deep, and times that are no integers (`exp: 1e999`).
_MALFORMED = (jwt.PyJWTError, RecursionError, OverflowError, ValueError)
_DESCRIPTIONS: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "the token has expired",
    jwt.ImmatureSignatureError: "the token is not yet valid",
    jwt.InvalidIssuerError: "the token has an invalid issuer",
    jwt.InvalidSignatureError: "the token has an invalid signature",
}


def _description(error: Exception) -> str:
    return _DESCRIPTIONS.get(type(error), "the token is malformed")


def _bearer(authorization: str | None) -> str:
    """The token, with or without the word before it, as API Gateway takes it."""
    words = (authorization or "").split()
    if len(words) == 2 and words[0].lower() == "bearer":
        return words[1]
    return words[0] if len(words) == 1 and words[0].lower() != "bearer" else ""


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    given = claims.get("scope", claims.get("scp", ""))
    return [str(each) for each in given] if isinstance(given, list) else str(given).split()
