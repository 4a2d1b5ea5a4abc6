"""AUTH_MODE=JWT: which tokens API Gateway would let through, in front of the real function."""

import base64
import json
from collections.abc import Iterator

import pytest
import urllib3

from local.issuer import Issuer
from local.jwt_authorizer import Keys, UnverifiedError
from local.stack import LocalStack
from local.token import request_token
from tests import tokens

PATH = "/v1/realtime/client_secrets"


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    variables = {"AUTH_MODE": "JWT", "THROTTLE_BURST": "1000", "QUOTA_PER_MINUTE": "0"}
    with LocalStack.from_shell(variables, log=lambda _: None) as stack:
        yield stack


@pytest.fixture(scope="module")
def issuer(stack: LocalStack) -> Issuer:
    assert stack.issuer is not None
    return stack.issuer


def mint(stack: LocalStack, authorization: str | None) -> urllib3.BaseHTTPResponse:
    headers = {} if authorization is None else {"authorization": authorization}
    return urllib3.request("POST", stack.gateway.url + PATH, headers=headers, retries=False)


def minted(stack: LocalStack) -> int:
    assert stack.standin is not None
    return len(stack.standin.requests)


def test_a_valid_token_mints(stack: LocalStack, issuer: Issuer) -> None:
    answer = mint(stack, f"Bearer {tokens.valid(issuer)}")

    assert answer.status == 200
    assert answer.json()["value"].startswith("ek_")


@pytest.mark.parametrize("name", tokens.FORGERIES)
def test_a_forged_token_does_not(stack: LocalStack, issuer: Issuer, name: str) -> None:
    forgery = tokens.FORGERIES[name]
    before = minted(stack)

    answer = mint(stack, f"Bearer {forgery.make(issuer)}")

    message = {401: "Unauthorized", 403: "Forbidden"}[forgery.status]
    assert (answer.status, answer.json()) == (forgery.status, {"message": message})
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert minted(stack) == before


@pytest.mark.parametrize("authorization", [None, "Bearer", "Basic dXNlcjpwYXNz"])
def test_no_token_does_not(stack: LocalStack, authorization: str | None) -> None:
    before = minted(stack)

    answer = mint(stack, authorization)

    assert (answer.status, answer.json()) == (401, {"message": "Unauthorized"})
    assert minted(stack) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "openid realtime/mint"},
        {"scope": None, "scp": ["openid", "realtime/mint"]},
        {"aud": ["userinfo", "openai-realtime"]},
        {"aud": None, "client_id": "openai-realtime"},
        {"nbf": None, "iat": None},
    ],
    ids=str,
)
def test_what_api_gateway_accepts_besides(
    stack: LocalStack, issuer: Issuer, changes: dict[str, object]
) -> None:
    answer = mint(stack, f"Bearer {tokens.with_claims(**changes)(issuer)}")

    assert answer.status == 200


def test_a_token_without_the_word_bearer_passes_too(stack: LocalStack, issuer: Issuer) -> None:
    assert mint(stack, tokens.valid(issuer)).status == 200


def test_the_reason_is_in_www_authenticate(stack: LocalStack, issuer: Issuer) -> None:
    answer = mint(stack, f"Bearer {tokens.FORGERIES['expired'].make(issuer)}")

    assert "the token has expired" in answer.headers["www-authenticate"]


def test_make_token_prints_what_the_shell_asks_for(stack: LocalStack, issuer: Issuer) -> None:
    shell = {"ISSUER_PORT": issuer.url.rpartition(":")[2], "SUB": "ada", "EXPIRES_IN": "60"}

    token = request_token(shell)

    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("ada", 60)
    assert mint(stack, f"Bearer {token}").status == 200


def test_a_page_may_ask_the_issuer(issuer: Issuer) -> None:
    answer = urllib3.request("POST", f"{issuer.url}/token", headers={"origin": "http://localhost"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["token_type"] == "Bearer"


def test_the_issuer_refuses_nonsense(issuer: Issuer) -> None:
    answer = urllib3.request("POST", f"{issuer.url}/token", body=b'{"expires_in": "soon"}')

    assert (answer.status, answer.json()) == (400, {"error": "invalid_request"})


def test_keys_are_cached_and_an_unknown_one_is_looked_up_again_only_after_a_while() -> None:
    with Issuer() as issuer:
        keys = Keys(issuer.url)
        first = keys.get(issuer.key.kid)

        with pytest.raises(UnverifiedError):
            keys.get("unknown")

    assert keys.get(first.key_id or "") is first


def test_a_new_key_of_the_issuer_is_found() -> None:
    with Issuer() as issuer:
        keys = Keys(issuer.url, refetch_after_s=0)
        keys.get(issuer.key.kid)
        issuer.key = type(issuer.key)()

        assert keys.get(issuer.key.kid).key_id == issuer.key.kid


def test_an_issuer_that_is_down_lets_nobody_in() -> None:
    with Issuer() as issuer:
        url, kid = issuer.url, issuer.key.kid

    with pytest.raises(UnverifiedError):
        Keys(url).get(kid)
