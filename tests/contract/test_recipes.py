"""The recipes of docs/api.md: what runs there runs here, and its tables are what the SDKs meet."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import urllib3

from docs.generate_error_table import FILE, written
from local.stack import LocalStack
from tests.contract.error_rows import ErrorRow
from tests.contract.sdk_stacks import SHELL, SdkStacks

API = FILE.read_text()
CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"
AUDIENCE = "https://realtime.example.com"


def tried(name: str) -> str:
    """The code block of that name."""
    (code,) = re.findall(rf"<!-- tried: {name} -->\n```\w+\n(.*?)```", API, re.DOTALL)
    return str(code)


def test_the_error_tables_are_what_the_sdks_meet() -> None:
    assert written(API) == API, "run `python -m docs.generate_error_table`"


def test_the_server_recipe_gets_from_client_credentials_to_a_client_secret(
    sdk_stacks: SdkStacks,
) -> None:
    sdk_stacks.provoke(ErrorRow(name="", happened="", status=200, raises={}))
    issuer = sdk_stacks.plain.issuer
    assert issuer is not None
    given = {
        "CLIENT_ID": "test",
        "CLIENT_SECRET": "canary-test",
        "SCOPE": "realtime/mint",
        "TOKEN_URL": f"{issuer.url}/token",
        "ENDPOINT": sdk_stacks.plain.gateway.url,
    }

    done = subprocess.run(
        [sys.executable, "-c", tried("server")],
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.stdout.startswith("ek_"), done.stderr
    assert sdk_stacks.counts() == (1, 1)


@pytest.fixture(scope="module")
def like_cognito() -> Iterator[LocalStack]:
    shell = {**SHELL, "JWT_AUDIENCE": CLIENT, "JWT_SCOPE": "realtime/mint"}
    with LocalStack.from_shell(shell, log=lambda _: None) as stack:
        yield stack


@pytest.fixture(scope="module")
def like_auth0() -> Iterator[LocalStack]:
    shell = {**SHELL, "JWT_AUDIENCE": AUDIENCE, "JWT_SCOPE": "realtime:mint"}
    with LocalStack.from_shell(shell, log=lambda _: None) as stack:
        yield stack


def status_for(stack: LocalStack, claims: Mapping[str, Any]) -> int:
    assert stack.issuer is not None
    now = int(time.time())
    of_everyone = {"iss": stack.issuer.url, "iat": now, "exp": now + 3600}
    token = stack.issuer.key.sign({**of_everyone, **claims})
    url = f"{stack.gateway.url}/v1/realtime/client_secrets"
    return urllib3.request("POST", url, headers={"authorization": f"Bearer {token}"}).status


# The claims that matter, as the providers' documentation shows them.
USER = {"sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "username": "ada"}
COGNITO = {"token_use": "access", "version": 2, "client_id": CLIENT}
COGNITO_TOKENS = [
    pytest.param({**COGNITO, **USER, "scope": "openid realtime/mint"}, 200, id="managed-login"),
    pytest.param({**COGNITO, "sub": CLIENT, "scope": "realtime/mint"}, 200, id="machine"),
    pytest.param(
        {**COGNITO, **USER, "scope": "aws.cognito.signin.user.admin"}, 403, id="InitiateAuth"
    ),
    pytest.param({**USER, "token_use": "id", "aud": CLIENT}, 403, id="id-token"),
    pytest.param(
        {**COGNITO, **USER, "scope": "realtime/mint", "client_id": "other"}, 401, id="other-client"
    ),
]


@pytest.mark.parametrize(("claims", "status"), COGNITO_TOKENS)
def test_a_token_as_cognito_gives_it(
    like_cognito: LocalStack, claims: dict[str, Any], status: int
) -> None:
    assert status_for(like_cognito, claims) == status


USERINFO = "https://tenant.eu.auth0.com/userinfo"
SPA = {"sub": "auth0|5f7c8ec7c33c6c004bbafe82", "azp": "spa"}
AUTH0_TOKENS = [
    pytest.param(
        {**SPA, "aud": [AUDIENCE, USERINFO], "scope": "openid realtime:mint"}, 200, id="user"
    ),
    pytest.param(
        {"sub": "m2m@clients", "aud": AUDIENCE, "scope": "realtime:mint"}, 200, id="machine"
    ),
    pytest.param({**SPA, "aud": [AUDIENCE, USERINFO], "scope": "openid"}, 403, id="no-permission"),
    pytest.param({**SPA, "aud": "spa", "nonce": "test"}, 401, id="id-token"),
]


@pytest.mark.parametrize(("claims", "status"), AUTH0_TOKENS)
def test_a_token_as_auth0_gives_it(
    like_auth0: LocalStack, claims: dict[str, Any], status: int
) -> None:
    assert status_for(like_auth0, claims) == status
