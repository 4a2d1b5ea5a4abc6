"""`make stop` against moto's Lambda."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator

import boto3
import pytest

from deploy import stop
from deploy.stack import Stack, StackError, find
from local.aws import LocalAws

NAME = "test-stop"


@pytest.fixture
def deployed(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Stack]]:
    """A stack with this `ReservedConcurrency`, and its function."""
    for name, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(name, value)
    cloudformation, functions = boto3.client("cloudformation"), boto3.client("lambda")
    role = boto3.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument="{}")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    functions.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.lambda_handler",
        Code={"ZipFile": code.getvalue()},
    )

    def made(reserved: str) -> Stack:
        template = {
            "Parameters": {"ReservedConcurrency": {"Type": "String", "Default": reserved}},
            "Resources": {"T": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"ClientSecretsFunctionName": {"Value": NAME}},
        }
        cloudformation.create_stack(StackName=NAME, TemplateBody=json.dumps(template))
        return find("default", {"STACK": NAME})

    yield made
    cloudformation.delete_stack(StackName=NAME)
    functions.delete_function(FunctionName=NAME)
    boto3.client("iam").delete_role(RoleName=NAME)


def reserved(stack: Stack) -> int | None:
    answer = stack.session.client("lambda").get_function_concurrency(FunctionName=NAME)
    found: int | None = answer.get("ReservedConcurrentExecutions")
    return found


@pytest.mark.parametrize(("before", "after"), [("", None), ("25", 25)])
def test_stopping_takes_all_concurrency_and_resuming_gives_it_back(
    deployed: Callable[[str], Stack], before: str, after: int | None
) -> None:
    stack = deployed(before)

    stop.stop(stack)
    assert reserved(stack) == 0

    assert stop.resume(stack) == before
    assert reserved(stack) == after


def test_a_stack_that_was_deployed_stopped_is_not_resumed(
    deployed: Callable[[str], Stack],
) -> None:
    stack = deployed("0")

    with pytest.raises(StackError, match="ReservedConcurrency is 0"):
        stop.resume(stack)


def test_what_goes_wrong_is_one_line(deployed: Callable[[str], Stack]) -> None:
    stack = deployed("")
    gone = Stack(stack.name, stack.region, {"ClientSecretsFunctionName": "gone"}, stack.session)

    with pytest.raises(StackError, match="The function was not stopped"):
        stop.stop(gone)


def test_it_says_what_it_does_before_it_does_it(
    deployed: Callable[[str], Stack],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = deployed("")
    monkeypatch.setenv("STACK", NAME)
    monkeypatch.setattr("sys.argv", ["stop"])

    stop.main()

    output = capsys.readouterr()
    assert f"reserved concurrency of {NAME}" in output.err
    assert "live on until they expire" in output.err
    assert reserved(stack) == 0
