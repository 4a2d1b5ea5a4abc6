"""Step 1: who asks, from the authorizer's verified context alone, never body, headers or query.

API Gateway writes `requestContext.authorizer` itself, and only after it has verified a token or a
signature, so nothing in it comes from the caller unchecked. What a caller may choose for themselves
even so, a session name or a fresh anonymous identity, is left out of who they are: it would be a
way round the quota.

    verified as                          the caller is
    JWT of a user                        issuer|sub
    JWT of a machine without a sub       issuer|client_id
    IAM user, root                       its ARN
    assumed role, Identity Center too    the role's ARN without the session name
    federated user                       the account's federated users together
    Cognito identity, signed in          its identity id
    Cognito identity, anonymous          the anonymous visitors of its pool together
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from broker.errors import CallerError, Rows

_NO_CALLER = "No verified caller: the request did not pass through an authorizer."


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller.

    Attributes:
        id: Stable and unique across issuers; the unit of quota, safety identifier and ledger.
            Not logged as it is: it may hold a user name.
        kind: How the caller was verified.
        scopes: OAuth scopes of a JWT.
        claims: Verified claims of a JWT, as API Gateway gives them: strings, arrays as `[a b]`.
    """

    id: str
    kind: Literal["jwt", "iam"]
    scopes: frozenset[str]
    claims: Mapping[str, str]


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller of an API Gateway v2 event.

    Raises:
        CallerError: 401, the event names none.
    """
    request_context = _object(event.get("requestContext"))
    authorizer = _object(request_context.get("authorizer"))
    caller = _jwt_caller(_object(authorizer.get("jwt"))) or _iam_caller(
        _object(authorizer.get("iam"))
    )
    if caller is None:
        raise CallerError(Rows.UNAUTHENTICATED, _NO_CALLER)
    return caller


def _jwt_caller(jwt: Mapping[str, Any]) -> Caller | None:
    claims = {
        name: value
        for name, value in _object(jwt.get("claims")).items()
        if isinstance(value, str) and value
    }
    issuer = claims.get("iss")
    # Machine tokens of some issuers have no subject, only the client they were issued to.
    subject = claims.get("sub") or claims.get("client_id")
    if issuer is None or subject is None:
        return None
    return Caller(f"{issuer}|{subject}", "jwt", _scopes(jwt, claims), claims)


def _scopes(jwt: Mapping[str, Any], claims: Mapping[str, str]) -> frozenset[str]:
    granted = jwt.get("scopes")
    names = granted if isinstance(granted, list) else []
    in_claims = claims.get("scope", "") or claims.get("scp", "")
    return frozenset([*filter(None, map(str, names)), *in_claims.strip("[]").split()])


def _iam_caller(iam: Mapping[str, Any]) -> Caller | None:
    caller_id = _cognito_identity(_object(iam.get("cognitoIdentity"))) or _principal(
        _text(iam.get("userArn"))
    )
    return Caller(caller_id, "iam", frozenset(), {}) if caller_id else None


def _cognito_identity(identity: Mapping[str, Any]) -> str:
    identity_id, methods = _text(identity.get("identityId")), identity.get("amr")
    if not identity_id or not isinstance(methods, list) or "unauthenticated" not in methods:
        return identity_id
    # Anybody gets as many anonymous identities as they ask for.
    pool_id = _text(identity.get("identityPoolId")) or "unknown pool"
    return f"{pool_id}|unauthenticated"


def _principal(arn: str) -> str:
    """An ARN without what its holder chose at will: a session name, or a federated user's name."""
    *account, principal = arn.split(":", 5)
    kind, _, name = principal.partition("/")
    if kind == "federated-user":
        return ":".join([*account, kind])
    # From the right: Identity Center's roles have a path, and no session name has a slash.
    role, has_session, _ = name.rpartition("/")
    if kind == "assumed-role" and has_session:
        return ":".join([*account, f"{kind}/{role}"])
    return arn


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
