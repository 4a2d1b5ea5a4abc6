from typing import Any

import pytest

from broker.caller import caller_of
from broker.errors import CallerError, Rows

ACCOUNT = "111122223333"
ISSUER = "https://login.example"
IDENTITY = "us-east-1:11111111-2222-3333-4444-555555555555"
POOL = "us-east-1:66666666-7777-8888-9999-000000000000"


def jwt(**claims: str) -> dict[str, Any]:
    return {"jwt": {"claims": {"iss": ISSUER, **claims}, "scopes": None}}


def iam(arn: str | None, cognito: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"iam": {"accountId": ACCOUNT, "cognitoIdentity": cognito, "userArn": arn}}


def cognito(*methods: str) -> dict[str, Any]:
    identity = {"amr": list(methods), "identityId": IDENTITY, "identityPoolId": POOL}
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/app-users/CognitoIdentityCredentials"
    return iam(arn, identity)


def caller_id(authorizer: dict[str, Any]) -> str:
    return caller_of({"requestContext": {"authorizer": authorizer}}).id


SSO = "AWSReservedSSO_Admin_0123456789abcdef"
CALLERS = [
    pytest.param(jwt(sub="alice"), f"{ISSUER}|alice", id="a user's token"),
    pytest.param(jwt(sub="auth0|7"), f"{ISSUER}|auth0|7", id="a subject with a bar"),
    pytest.param(jwt(client_id="cron"), f"{ISSUER}|cron", id="a machine's token"),
    pytest.param(
        jwt(sub="alice", client_id="app"), f"{ISSUER}|alice", id="a user's token of a client"
    ),
    pytest.param(
        iam(f"arn:aws:iam::{ACCOUNT}:user/team/bob"),
        f"arn:aws:iam::{ACCOUNT}:user/team/bob",
        id="an IAM user",
    ),
    pytest.param(
        iam(f"arn:aws:iam::{ACCOUNT}:user/a:assumed-role/b/bob"),
        f"arn:aws:iam::{ACCOUNT}:user/a:assumed-role/b/bob",
        id="an IAM user whose path looks like a role",
    ),
    pytest.param(
        iam(f"arn:aws:iam::{ACCOUNT}:root"), f"arn:aws:iam::{ACCOUNT}:root", id="the account's root"
    ),
    pytest.param(
        iam(f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/backend/i-0abc"),
        f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/backend",
        id="an assumed role, in China",
    ),
    pytest.param(
        iam(f"arn:aws:sts::{ACCOUNT}:assumed-role/{SSO}/alice@example.com"),
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{SSO}",
        id="Identity Center",
    ),
    pytest.param(
        iam(f"arn:aws:sts::{ACCOUNT}:assumed-role/aws-reserved/sso.amazonaws.com/{SSO}/alice"),
        f"arn:aws:sts::{ACCOUNT}:assumed-role/aws-reserved/sso.amazonaws.com/{SSO}",
        id="Identity Center with the role's path",
    ),
    pytest.param(
        iam(f"arn:aws:sts::{ACCOUNT}:assumed-role/backend"),
        f"arn:aws:sts::{ACCOUNT}:assumed-role/backend",
        id="a role without a session",
    ),
    pytest.param(
        iam(f"arn:aws:sts::{ACCOUNT}:federated-user/anything"),
        f"arn:aws:sts::{ACCOUNT}:federated-user",
        id="a federated user",
    ),
    pytest.param(
        cognito("authenticated", "cognito-idp.us-east-1.amazonaws.com/pool"),
        IDENTITY,
        id="a Cognito identity",
    ),
    pytest.param(cognito("unauthenticated"), f"{POOL}|unauthenticated", id="an anonymous visitor"),
]


@pytest.mark.parametrize(("authorizer", "expected"), CALLERS)
def test_a_caller_is_who_the_authorizer_says(authorizer: dict[str, Any], expected: str) -> None:
    assert caller_id(authorizer) == expected


@pytest.mark.parametrize("chosen", ["one", "another", "a@b", "x,y=z"])
@pytest.mark.parametrize("kind", ["assumed-role/backend/", "federated-user/"])
def test_a_name_that_its_holder_chose_makes_no_new_caller(kind: str, chosen: str) -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:{kind}"

    assert caller_id(iam(arn + chosen)) == caller_id(iam(arn + "x"))


def test_anonymous_visitors_of_one_pool_share_one_caller() -> None:
    one, another = cognito("unauthenticated"), cognito("unauthenticated")
    another["iam"]["cognitoIdentity"]["identityId"] = "us-east-1:another"

    assert caller_id(one) == caller_id(another)


def test_the_same_subject_of_two_issuers_is_two_callers() -> None:
    assert caller_id(jwt(sub="alice")) != caller_id(jwt(sub="alice", iss="https://other.example"))


def test_scopes_come_from_the_authorizer_and_from_the_claims() -> None:
    authorizer = jwt(sub="a", scope="read write")
    authorizer["jwt"]["scopes"] = ["mint"]

    caller = caller_of({"requestContext": {"authorizer": authorizer}})

    assert caller.scopes == {"read", "write", "mint"}


def test_scopes_of_an_array_claim_arrive_in_brackets() -> None:
    caller = caller_of({"requestContext": {"authorizer": jwt(sub="a", scp="[read write]")}})

    assert caller.scopes == {"read", "write"}


NOBODY = [
    pytest.param({}, id="an empty event"),
    pytest.param({"requestContext": None}, id="no context"),
    pytest.param({"requestContext": {"authorizer": None}}, id="no authorizer"),
    pytest.param({"requestContext": {"authorizer": "jwt"}}, id="an authorizer of another shape"),
    pytest.param({"requestContext": {"authorizer": []}}, id="an authorizer that is a list"),
    *[
        pytest.param({"requestContext": {"authorizer": authorizer}}, id=name)
        for name, authorizer in {
            "no claims": {"jwt": {"claims": None}},
            "claims as a list": {"jwt": {"claims": ["iss", "sub"]}},
            "no subject": jwt(),
            "an empty subject": jwt(sub=""),
            "no issuer": {"jwt": {"claims": {"sub": "alice"}}},
            "a subject that is no string": {"jwt": {"claims": {"iss": ISSUER, "sub": 7}}},
            "a lambda authorizer's context": {"lambda": {"sub": "alice", "iss": ISSUER}},
            "a REST API's claims": {"claims": {"iss": ISSUER, "sub": "alice"}},
            "a REST API's principal": {"principalId": "alice"},
            "no ARN": iam(None),
            "an empty ARN": iam(""),
            "an ARN that is no string": {"iam": {"userArn": ["arn:aws:iam::1:root"]}},
            "a Cognito identity without an id": iam(None, {"amr": ["authenticated"]}),
            "a REST API's IAM identity": {"identity": {"userArn": "arn:aws:iam::1:root"}},
        }.items()
    ],
    pytest.param(
        {"requestContext": {"identity": {"userArn": "arn:aws:iam::1:root"}}}, id="a v1 identity"
    ),
    pytest.param({"authorizer": jwt(sub="alice")}, id="an authorizer beside the context"),
    pytest.param({"RequestContext": {"authorizer": jwt(sub="alice")}}, id="another case"),
    pytest.param(
        {"headers": {"requestContext": '{"authorizer":{}}'}, "requestContext": {}}, id="a header"
    ),
]


@pytest.mark.parametrize("event", NOBODY)
def test_without_a_verified_caller_there_is_none(event: dict[str, Any]) -> None:
    with pytest.raises(CallerError) as caught:
        caller_of(event)

    assert caught.value.row is Rows.UNAUTHENTICATED
