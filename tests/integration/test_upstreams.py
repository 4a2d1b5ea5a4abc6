"""The same code with other upstreams: Azure, gateways, and OpenAI's hosts with data residency."""

from collections.abc import Callable, Iterator

import pytest

from broker.settings import Settings
from openai_realtime import Client, ClientSecrets, NotFoundError
from tests.azure_standin import DEPLOYMENT, AzureStandIn
from tests.integration.conftest import API_KEY, Stack

BODY = {"session": {"type": "realtime", "model": DEPLOYMENT}}


@pytest.fixture
def azure() -> Iterator[AzureStandIn]:
    with AzureStandIn() as standin:
        yield standin


@pytest.fixture
def stack(start: Callable[..., Stack], azure: AzureStandIn) -> Stack:
    return start(OPENAI_BASE_URL=azure.base_url, OPENAI_AUTH_HEADER="api-key")


def test_azure_mints_for_its_own_header_and_path(stack: Stack, azure: AzureStandIn) -> None:
    answer = stack.post(BODY)

    assert answer.status == 200
    assert answer.json["session"]["model"] == DEPLOYMENT
    assert azure.requests[-1].path == "/openai/v1/realtime/client_secrets"
    assert azure.requests[-1].headers["api-key"] == API_KEY


def test_azure_refuses_a_bearer(start: Callable[..., Stack], azure: AzureStandIn) -> None:
    stack = start(OPENAI_BASE_URL=azure.base_url, OPENAI_AUTH_HEADER="authorization")

    answer = stack.post(BODY)

    assert (answer.status, answer.error["code"]) == (502, "upstream_authentication_failed")


def test_a_deployment_that_does_not_exist_is_the_callers_to_mend(stack: Stack) -> None:
    answer = stack.post({"session": {"type": "realtime", "model": "gpt-realtime-2.1"}})

    assert (answer.status, answer.error["code"]) == (404, "DeploymentNotFound")


def test_a_rotated_key_of_azures_is_read_at_once(stack: Stack, azure: AzureStandIn) -> None:
    assert stack.post(BODY).status == 200
    azure.accept_keys("sk-test-renewed")
    stack.aws.put_secret(stack.secret_id, "sk-test-renewed")

    assert stack.post(BODY).status == 200
    assert azure.requests[-1].headers["api-key"] == "sk-test-renewed"


def test_a_value_that_is_not_openais_goes_out_as_it_is(stack: Stack, azure: AzureStandIn) -> None:
    from local.openai_standin import Answer

    body = {"value": "azure-canary-secret", "expires_at": 2_000_000_000, "session": {}}
    azure.script(Answer(200, body))

    answer = stack.post(BODY)

    assert answer.json["value"] == "azure-canary-secret"


@pytest.mark.parametrize("value", [API_KEY, f"ek_{API_KEY}_ek"])
def test_an_upstream_that_gives_out_the_api_key_is_not_passed_on(
    stack: Stack, azure: AzureStandIn, value: str
) -> None:
    from local.openai_standin import Answer

    azure.script(Answer(200, {"value": value, "expires_at": 2_000_000_000, "session": {}}))

    answer = stack.post(BODY)

    assert (answer.status, answer.error["code"]) == (502, "upstream_invalid_response")
    log = stack.read_logs()
    assert "its value holds a credential of the service's own" in log
    assert API_KEY not in log + answer.body


def test_the_library_alone_speaks_to_azure(azure: AzureStandIn) -> None:
    client = Client(API_KEY, base_url=azure.base_url, auth_header="api-key")
    client_secrets = ClientSecrets(client)

    assert client_secrets.create(session=BODY["session"]).value.startswith("ek_")
    assert "authorization" not in {
        name for name, value in azure.requests[-1].headers.items() if API_KEY not in value
    }
    with pytest.raises(NotFoundError):
        client_secrets.create(session={"type": "realtime", "model": "nobody"})
    client_secrets.close()


def test_the_library_knows_two_headers() -> None:
    with pytest.raises(ValueError, match="auth_header"):
        Client(API_KEY, auth_header="x-api-key")  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize(
    ("base_url", "header", "is_openai"),
    [
        ("https://api.openai.com/v1", "authorization", True),
        ("https://eu.api.openai.com/v1", "authorization", True),
        ("https://us.api.openai.com/v1", "authorization", True),
        ("https://api.openai.com.example.com/v1", "authorization", False),
        ("https://my-resource.openai.azure.com/openai/v1", "api-key", False),
        ("https://My-Resource.OpenAI.Azure.com/openai/v1", "api-key", False),
        ("https://my-resource.services.ai.azure.com/openai/v1", "api-key", False),
        ("https://my-resource.cognitiveservices.azure.com/openai/v1", "api-key", False),
        ("https://my-resource.openai.azure.us/openai/v1", "api-key", False),
        ("https://openai.azure.com.example.com/v1", "authorization", False),
        ("https://gateway.example.com/openai/v1", "authorization", False),
    ],
)
def test_the_host_tells_the_header(base_url: str, header: str, *, is_openai: bool) -> None:
    settings = settings_with(OPENAI_BASE_URL=base_url)

    assert settings.openai_auth_header == header
    assert settings.upstream_is_openai == is_openai


def test_the_operator_may_say_which_header() -> None:
    gateway = "https://gateway.example.com/openai/v1"

    chosen = settings_with(OPENAI_BASE_URL=gateway, OPENAI_AUTH_HEADER="api-key")

    assert chosen.openai_auth_header == "api-key"
    with pytest.raises(ValueError, match="OPENAI_AUTH_HEADER must be"):
        settings_with(OPENAI_AUTH_HEADER="bearer")


def settings_with(**variables: str) -> Settings:
    return Settings.from_env(
        {
            "SERVICE_NAME": "test",
            "OPENAI_API_KEY_SECRET_ID": "key",
            "OPENAI_BASE_URL": "https://api.openai.com/v1",
            "OPENAI_AUTH_HEADER": "auto",
            "UNKNOWN_FIELDS": "reject",
            "SAFETY_PEPPER_SECRET_ID": "pepper",
            "MCP_SECRETS_PREFIX": "mcp/",
            "QUOTA_TABLE_NAME": "quota",
            "QUOTA_PER_MINUTE": "0",
            "QUOTA_PER_DAY": "0",
            "QUOTA_PER_STACK_PER_DAY": "0",
            "QUOTA_FAILURE_MODE": "closed",
            **variables,
        }
    )
