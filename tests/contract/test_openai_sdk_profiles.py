"""The official Python SDK picks a session profile by its base URL alone."""

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from local.issuer import Issuer
from local.stack import LocalStack


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    variables = {"AUTH_MODE": "JWT", "QUOTA_PER_MINUTE": "0"}
    with LocalStack.from_shell(variables, log=lambda _: None) as stack:
        yield stack


@pytest.fixture
def issuer(stack: LocalStack) -> Issuer:
    assert stack.issuer is not None
    return stack.issuer


def client(stack: LocalStack, profile: str, token: str) -> OpenAI:
    return OpenAI(base_url=f"{stack.gateway.url}{profile}/v1", api_key=token)


@pytest.mark.parametrize(
    ("profile", "kind"),
    [
        ("", "realtime"),
        ("/default", "realtime"),
        ("/locked-down", "realtime"),
        ("/transcribe-only", "transcription"),
    ],
)
def test_the_base_url_picks_the_profile(
    stack: LocalStack, issuer: Issuer, profile: str, kind: str
) -> None:
    with client(stack, profile, issuer.access_token()) as sdk:
        client_secret = sdk.realtime.client_secrets.create()

    assert client_secret.value.startswith("ek_")
    assert client_secret.session.type == kind


def test_a_profile_may_ask_for_a_scope(stack: LocalStack, issuer: Issuer) -> None:
    claims = issuer.claims(scope=f"{issuer.scope} support-agent")
    with client(stack, "/support-agent", issuer.key.sign(claims)) as sdk:
        client_secret = sdk.realtime.client_secrets.create()
    with (
        client(stack, "/support-agent", issuer.access_token()) as sdk,
        pytest.raises(openai.PermissionDeniedError) as caught,
    ):
        sdk.realtime.client_secrets.create()

    assert client_secret.session.type == "realtime"
    assert caught.value.code == "not_allowed_by_policy"


def test_a_profile_refuses_with_the_path(stack: LocalStack, issuer: Issuer) -> None:
    with (
        client(stack, "/locked-down", issuer.access_token()) as sdk,
        pytest.raises(openai.PermissionDeniedError) as caught,
    ):
        sdk.realtime.client_secrets.create(session={"type": "realtime", "instructions": "Hi"})

    assert (caught.value.code, caught.value.param) == (
        "not_allowed_by_policy",
        "session.instructions",
    )


def test_there_is_no_profile_of_another_name(stack: LocalStack, issuer: Issuer) -> None:
    with (
        client(stack, "/nobodys", issuer.access_token()) as sdk,
        pytest.raises(openai.NotFoundError) as caught,
    ):
        sdk.realtime.client_secrets.create()

    assert caught.value.code == "profile_not_found"
