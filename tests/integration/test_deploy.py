"""The operator's commands against moto's CloudFormation and Secrets Manager."""

import json
from collections.abc import Iterator

import boto3
import pytest

from deploy import call, put_key
from deploy.stack import SAMCONFIG, Stack, StackError, find
from local.aws import LocalAws

STACK_NAME = "test-stack"
KEY = "sk-test-canary-0123456789"


@pytest.fixture
def stack(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(name, value)
    arn = aws.put_secret("test-stack/key", None)
    outputs = {
        "OpenAIApiKeyArn": {"Value": arn},
        "EndpointUrl": {"Value": "https://api.example.com/v1/realtime/client_secrets"},
    }
    template = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=STACK_NAME, TemplateBody=json.dumps(template))
    yield find("default", {"STACK": STACK_NAME})
    cloudformation.delete_stack(StackName=STACK_NAME)


def test_the_key_is_stored_without_the_white_space_around_it(stack: Stack, aws: LocalAws) -> None:
    put_key.put_key(stack, f" {KEY}\n")

    stored = aws.secrets_manager.get_secret_value(SecretId=stack.outputs["OpenAIApiKeyArn"])
    assert stored["SecretString"] == KEY


@pytest.mark.parametrize("wrong", ["", "  ", "sk-canary two words", "sk-canaryé"])
def test_what_cannot_be_a_key_is_not_stored_and_not_repeated(stack: Stack, wrong: str) -> None:
    with pytest.raises(StackError, match="Nothing was changed") as caught:
        put_key.put_key(stack, wrong)

    assert "canary" not in str(caught.value)


def test_an_unknown_stack_is_one_line(stack: Stack) -> None:
    with pytest.raises(StackError, match="Stack nobody in us-east-1"):
        find("default", {"STACK": "nobody"})


def test_an_unknown_environment_names_the_known_ones() -> None:
    with pytest.raises(StackError, match="default, prod"):
        find("nowhere", {})
    assert SAMCONFIG.exists()


def test_a_call_is_signed_for_api_gateway(stack: Stack) -> None:
    headers = call.headers_for(stack, stack.outputs["EndpointUrl"], None)

    assert "/us-east-1/execute-api/aws4_request" in headers["Authorization"]


def test_a_token_goes_as_it_is(stack: Stack) -> None:
    headers = call.headers_for(stack, stack.outputs["EndpointUrl"], "a-token")

    assert headers["authorization"] == "Bearer a-token"


def test_the_terminal_shows_no_whole_client_secret() -> None:
    assert "canary" not in call.shown(b'{"value": "ek_test_canary_123", "expires_at": 1}')
