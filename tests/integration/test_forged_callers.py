"""What a caller can write into a request changes nothing about who they are."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import Stack, event

Forgery = Callable[[dict[str, Any]], None]

VICTIM = "arn:aws:iam::000000000000:user/victim"
CLAIMS = {"iss": "https://issuer.example.com/", "sub": "victim", "scope": "support-agent"}
AUTHORIZER = {"jwt": {"claims": CLAIMS, "scopes": ["support-agent"]}, "iam": {"userArn": VICTIM}}


def header(name: str, value: str) -> Forgery:
    return lambda request: request["headers"].update({name: value})


def query(name: str, value: str) -> Forgery:
    def forge(request: dict[str, Any]) -> None:
        request["rawQueryString"] = f"{name}={value}"
        request["queryStringParameters"] = {name: value}

    return forge


def body(**members: Any) -> Forgery:
    return lambda request: request.update(body=json.dumps(members), isBase64Encoded=False)


def beside(**members: Any) -> Forgery:
    """Beside the context that API Gateway wrote, where a bug might look."""
    return lambda request: request.update(members)


def within(**members: Any) -> Forgery:
    return lambda request: request["requestContext"].update(members)


def in_authorizer(**members: Any) -> Forgery:
    def forge(request: dict[str, Any]) -> None:
        authorizer = request["requestContext"].get("authorizer") or {}
        request["requestContext"]["authorizer"] = {**authorizer, **members}

    return forge


TEXT = json.dumps(AUTHORIZER)
# Each on its own; with UnknownFields=forward, so that bodies get as far as they can.
FORGERIES: dict[str, Forgery] = {
    "body: claims": body(claims=CLAIMS),
    "body: authorizer": body(authorizer=AUTHORIZER),
    "body: requestContext": body(requestContext={"authorizer": AUTHORIZER}),
    "body: caller": body(caller=VICTIM, sub="victim", user="victim", user_id="victim"),
    "body: safety_identifier": body(safety_identifier="victim"),
    "body: session.user": body(session={"type": "realtime", "user": "victim"}),
    "body: session.safety_identifier": body(
        session={"type": "realtime", "safety_identifier": "victim"}
    ),
    "body: extra_headers": body(extra_headers={"openai-safety-identifier": "victim"}),
    "body: headers": body(headers={"openai-safety-identifier": "victim"}),
    "body: __proto__": body(__proto__={"caller": VICTIM}),
    "header: openai-safety-identifier": header("openai-safety-identifier", "victim"),
    "header: OpenAI-Safety-Identifier": header("OpenAI-Safety-Identifier", "victim"),
    "header: OPENAI-SAFETY-IDENTIFIER": header("OPENAI-SAFETY-IDENTIFIER", "victim"),
    "header: twice, joined": header("openai-safety-identifier", "victim,victim"),
    "header: with a line break": header("openai-safety-identifier", "victim\r\nx: y"),
    "header: openai-user": header("openai-user", "victim"),
    "header: openai-organization": header("OpenAI-Organization", "org-victim"),
    "header: authorization of another": header("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
    "header: two authorizations": header("authorization", "Bearer mine,Bearer victim"),
    "header: x-amzn-request-context": header("x-amzn-request-context", TEXT),
    "header: requestContext": header("requestContext", TEXT),
    "header: x-amz-security-token": header("x-amz-security-token", "victim"),
    "header: x-amzn-cognito-identity": header("x-amzn-cognito-identity-id", "victim"),
    "header: x-forwarded-user": header("X-Forwarded-User", "victim"),
    "header: x-forwarded-for": header("x-forwarded-for", "10.0.0.1, 127.0.0.1"),
    "header: x-user-arn": header("x-user-arn", VICTIM),
    "header: x-amzn-oidc-identity": header("x-amzn-oidc-identity", "victim"),
    "header: x-amzn-oidc-data": header("X-Amzn-Oidc-Data", "eyJhbGciOiJub25lIn0.e30."),
    "header: x-apigateway-event": header("x-apigateway-event", TEXT),
    "header: cookie": header("cookie", "sub=victim; requestContext=victim"),
    "cookies": beside(cookies=["sub=victim", "authorization=Bearer victim"]),
    "query: sub": query("sub", "victim"),
    "query: access_token": query("access_token", "eyJhbGciOiJub25lIn0.e30."),
    "query: requestContext": query("requestContext[authorizer][jwt][claims][sub]", "victim"),
    "query: X-Amz-Credential": query("X-Amz-Credential", "victim"),
    "query: profile": query("profile", "support-agent"),
    "path parameters": beside(pathParameters={"sub": "victim", "authorizer": TEXT}),
    "stage variables": beside(stageVariables={"sub": "victim"}),
    "beside: authorizer": beside(authorizer=AUTHORIZER),
    "beside: requestcontext": beside(requestcontext={"authorizer": AUTHORIZER}),
    "beside: RequestContext": beside(RequestContext={"authorizer": AUTHORIZER}),
    "beside: a dotted key": beside(**{"requestContext.authorizer": AUTHORIZER}),
    "beside: multiValueHeaders": beside(
        multiValueHeaders={"OpenAI-Safety-Identifier": ["victim", "victim"]}
    ),
    "beside: identity": beside(identity={"userArn": VICTIM}),
    "context: identity, as in REST APIs": within(identity={"userArn": VICTIM, "user": "victim"}),
    "context: Authorizer": within(Authorizer=AUTHORIZER),
    "context: authentication": within(authentication={"clientCert": {"subjectDN": "CN=victim"}}),
    "context: claims": within(claims=CLAIMS),
    "authorizer: claims, as in REST APIs": in_authorizer(claims=CLAIMS),
    "authorizer: principalId": in_authorizer(principalId="victim", sub="victim"),
    "authorizer: lambda": in_authorizer(**{"lambda": {"sub": "victim", "iss": "x"}}),
    "authorizer: JWT": in_authorizer(JWT=AUTHORIZER["jwt"], IAM=AUTHORIZER["iam"]),
}


def identity(stack: Stack) -> tuple[str, str]:
    """Who OpenAI was told the last caller is, and who the ledger says they are."""
    issued = [each for each in records(stack) if each.get("message") == "client_secret_issued"]
    name = stack.openai.requests[-1].headers["openai-safety-identifier"]
    return name, issued[-1]["caller"]


def records(stack: Stack) -> list[dict[str, Any]]:
    """What was logged since the last look."""
    return [json.loads(line) for line in stack.read_logs().splitlines() if line.startswith("{")]


@pytest.mark.parametrize("caller", ["jwt-caller", "iam-caller", "cognito-identity-caller"])
def test_a_forged_identity_changes_nothing(start: Callable[..., Stack], caller: str) -> None:
    stack = start(UNKNOWN_FIELDS="forward")
    stack.invoke(event(caller))
    expected = identity(stack)
    changed = {}

    for name, forge in FORGERIES.items():
        forged = event(caller)
        forge(forged)
        answer = stack.invoke(forged)
        named = stack.openai.requests[-1].headers["openai-safety-identifier"]
        recorded = {each.get("caller", expected[1]) for each in records(stack)}
        # 400 comes from OpenAI's stand-in, which knows no field that was made up.
        if answer.status not in (200, 400) or (named, recorded) != (expected[0], {expected[1]}):
            changed[name] = (answer.status, named, recorded)

    assert changed == {}
    assert len(stack.openai.requests) == len(FORGERIES) + 1


def test_a_forged_identity_makes_nobody_a_caller(stack: Stack) -> None:
    passed = {}

    for name, forge in FORGERIES.items():
        forged = event("no-caller")
        forge(forged)
        answer = stack.invoke(forged)
        if (answer.status, answer.error["code"]) != (401, "unauthenticated"):
            passed[name] = answer.body

    assert passed == {}
    assert stack.openai.requests == []


def test_there_are_more_than_thirty_forgeries() -> None:
    assert len(FORGERIES) >= 30


def test_no_two_callers_are_one(stack: Stack) -> None:
    names = set()
    for caller in ("jwt-caller", "iam-caller", "cognito-identity-caller", "realtime"):
        stack.invoke(event(caller))
        names.add(identity(stack))

    assert len(names) == 4


def test_the_name_given_to_openai_shows_nothing_of_the_caller(stack: Stack) -> None:
    stack.invoke(event("jwt-caller"))

    name, caller = identity(stack)

    claims = event("jwt-caller")["requestContext"]["authorizer"]["jwt"]["claims"]
    assert len(name) == 64
    assert name.startswith(caller)
    assert claims["sub"] not in json.dumps([dict(r.headers) for r in stack.openai.requests])


def test_the_ledger_never_names_a_person(stack: Stack) -> None:
    stack.invoke(event("jwt-caller"))

    claims = event("jwt-caller")["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["sub"] not in stack.read_logs()
