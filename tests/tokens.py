"""Access tokens that must not pass, each wrong in one way, for the suites that try them all."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.issuer import Issuer, SigningKey


@dataclass(frozen=True)
class Forgery:
    """How to make the token, and what API Gateway answers it with."""

    make: Callable[[Issuer], str]
    status: int


def valid(issuer: Issuer) -> str:
    return issuer.access_token()


def with_claims(**changes: Any) -> Callable[[Issuer], str]:
    """A token of the issuer's own key; a claim set to None is left out."""

    def make(issuer: Issuer) -> str:
        claims = {**issuer.claims(), **changes}
        return issuer.key.sign({name: each for name, each in claims.items() if each is not None})

    return make


def later(name: str, seconds: int) -> Callable[[Issuer], str]:
    """A token with one time claim moved to so many seconds from now."""
    return lambda issuer: with_claims(**{name: int(time.time()) + seconds})(issuer)


def id_token(issuer: Issuer) -> str:
    """What a page holds after a sign-in: the same issuer and audience, but no scope."""
    claims = issuer.claims()
    del claims["scope"]
    return issuer.key.sign({**claims, "nonce": "n-0S6_WzA2Mj", "email": "ada@example.com"})


def unsigned(issuer: Issuer) -> str:
    return _encode({"alg": "none", "typ": "JWT", "kid": issuer.key.kid}, issuer.claims()) + "."


def signed_with_the_public_key(issuer: Issuer) -> str:
    """HS256, with the published key as the shared secret: the classic confusion of algorithms."""
    public_pem = issuer.key.private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    text = _encode({"alg": "HS256", "typ": "JWT", "kid": issuer.key.kid}, issuer.claims())
    signature = hmac.digest(public_pem, text.encode(), hashlib.sha256)
    return f"{text}.{_base64url(signature)}"


def of_another_key(issuer: Issuer) -> str:
    return SigningKey().sign(issuer.claims())


def of_another_key_under_a_known_id(issuer: Issuer) -> str:
    key = SigningKey()
    key.kid = issuer.key.kid
    return key.sign(issuer.claims())


def with_other_claims_under_the_old_signature(issuer: Issuer) -> str:
    header, _, signature = issuer.access_token().split(".")
    claims = _base64url(json.dumps({**issuer.claims(), "sub": "somebody-else"}).encode())
    return f"{header}.{claims}.{signature}"


FORGERIES = {
    "expired": Forgery(later("exp", -1), 401),
    "without an expiry": Forgery(with_claims(exp=None), 401),
    "not yet valid": Forgery(later("nbf", 60), 401),
    "issued in the future": Forgery(later("iat", 60), 401),
    "of another issuer": Forgery(with_claims(iss="https://issuer.example.com"), 401),
    "without an issuer": Forgery(with_claims(iss=None), 401),
    "for another audience": Forgery(with_claims(aud="another-api"), 401),
    "for several other audiences": Forgery(with_claims(aud=["one", "two"]), 401),
    "without an audience": Forgery(with_claims(aud=None), 401),
    "of another client": Forgery(with_claims(aud=None, client_id="another-client"), 401),
    "for another audience, of the right client": Forgery(
        with_claims(aud="another-api", client_id="openai-realtime"), 401
    ),
    "with another scope": Forgery(with_claims(scope="openid profile"), 403),
    "with a scope that only begins right": Forgery(with_claims(scope="realtime/mint-not"), 403),
    "without a scope": Forgery(with_claims(scope=None), 403),
    "an ID token": Forgery(id_token, 403),
    "alg none": Forgery(unsigned, 401),
    "HS256 with the public key": Forgery(signed_with_the_public_key, 401),
    "of an unknown key": Forgery(of_another_key, 401),
    "of another key under a known id": Forgery(of_another_key_under_a_known_id, 401),
    "with changed claims": Forgery(with_other_claims_under_the_old_signature, 401),
    "nested too deep": Forgery(lambda _: f"{_base64url(b'[' * 6000)}.e30.e30", 401),
    "with a time that is none": Forgery(with_claims(exp="soon"), 401),
    "with an endless time": Forgery(with_claims(exp=float("inf")), 401),
    "cut short": Forgery(lambda issuer: issuer.access_token()[:-40], 401),
    "without a signature": Forgery(lambda issuer: issuer.access_token().rpartition(".")[0], 401),
    "not a token": Forgery(lambda _: "not.a.token", 401),
    "one word": Forgery(lambda _: "token", 401),
    "two tokens": Forgery(lambda issuer: f"{valid(issuer)} {valid(issuer)}", 401),
    "empty": Forgery(lambda _: "", 401),
}


def _encode(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(_base64url(json.dumps(each).encode()) for each in (header, claims))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
