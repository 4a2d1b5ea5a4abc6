"""Step 1: who asks, from the authorizer's verified context alone, never body, headers or query.

API Gateway writes `requestContext.authorizer` itself, and only after it has verified a token or a
signature, so nothing in it comes from the caller unchecked.
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
    identity = _object(iam.get("cognitoIdentity")).get("identityId")
    arn = iam.get("userArn")
    caller_id = identity if isinstance(identity, str) and identity else arn
    if not isinstance(caller_id, str) or not caller_id:
        return None
    return Caller(_without_session_name(caller_id), "iam", frozenset(), {})


def _without_session_name(arn: str) -> str:
    """An assumed role's ARN up to the role: its holder chooses the session name at will."""
    if ":assumed-role/" not in arn:
        return arn
    head, role_and_session = arn.split(":assumed-role/", 1)
    return f"{head}:assumed-role/{role_and_session.split('/', 1)[0]}"


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
