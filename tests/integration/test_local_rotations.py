"""The local Secrets Manager as AWS documents it: labels and rotations; and Lambda's own API."""

import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from local.aws import LocalAws
from local.functions import Outcome
from local.http_server import HttpServer
from local.lambda_api import lambda_api
from local.pool import ConcurrencyError
from local.rotation import wait

ARN = "arn:aws:lambda:us-east-1:000000000000:function:Rotate"
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]


class Rotating:
    """Stands for a rotation function: notes its events, and fails where it is told to."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.failing: list[str] = []
        self.manager: Any = None

    @property
    def steps(self) -> list[str]:
        return [event["Step"] for event in self.events]

    def __call__(self, event: Mapping[str, Any]) -> Outcome:
        self.events.append(event)
        if self.failing and self.failing[0] == event["Step"]:
            self.failing.pop(0)
            return Outcome({"errorType": "E", "errorMessage": "Said."}, is_error=True)
        if event["Step"] == "createSecret":
            self.put(event, "AWSPENDING")
        if event["Step"] == "finishSecret":
            current = self.version(event["SecretId"], "AWSCURRENT")
            self.manager.update_secret_version_stage(
                SecretId=event["SecretId"],
                VersionStage="AWSCURRENT",
                MoveToVersionId=event["ClientRequestToken"],
                RemoveFromVersionId=current,
            )
        return Outcome(None)

    def put(self, event: Mapping[str, Any], stage: str) -> None:
        self.manager.put_secret_value(
            SecretId=event["SecretId"],
            ClientRequestToken=event["ClientRequestToken"],
            SecretString="rotated",
            VersionStages=[stage],
        )

    def stages(self, secret_id: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self.manager.describe_secret(SecretId=secret_id)[
            "VersionIdsToStages"
        ]
        return found

    def version(self, secret_id: str, label: str) -> str | None:
        return next((v for v, labels in self.stages(secret_id).items() if label in labels), None)


@pytest.fixture(scope="module")
def functions() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def api(functions: dict[str, Any]) -> Iterator[HttpServer]:
    with lambda_api(functions) as api:
        yield api


@pytest.fixture(scope="module")
def aws(api: HttpServer) -> Iterator[LocalAws]:
    with LocalAws(lambda_url=api.url, rotation_attempts=3) as aws:
        yield aws


@pytest.fixture
def rotating(functions: dict[str, Any], aws: LocalAws) -> Rotating:
    functions["Rotate"] = rotating = Rotating()
    rotating.manager = aws.secrets_manager
    return rotating


@pytest.fixture
def secret(aws: LocalAws) -> str:
    return aws.put_secret(f"test-{uuid.uuid4().hex}", "first")


def rotate(rotating: Rotating, secret: str, **options: Any) -> str:
    configured = {"RotationLambdaARN": ARN, "RotationRules": {"AutomaticallyAfterDays": 30}}
    version: str = rotating.manager.rotate_secret(SecretId=secret, **{**configured, **options})[
        "VersionId"
    ]
    return version


def test_a_rotation_calls_four_steps_with_one_version(rotating: Rotating, secret: str) -> None:
    before = rotating.version(secret, "AWSCURRENT")

    version = rotate(rotating, secret)

    wait(lambda: rotating.version(secret, "AWSCURRENT") == version, "The rotation")
    assert rotating.steps == STEPS
    assert {event["ClientRequestToken"] for event in rotating.events} == {version}
    # An ARN, whatever RotateSecret was given.
    assert {event["SecretId"] for event in rotating.events} == {secret}
    assert rotating.stages(secret) == {version: ["AWSCURRENT"], before: ["AWSPREVIOUS"]}
    found = rotating.manager.get_secret_value(SecretId=secret)
    assert (found["SecretString"], found["VersionId"]) == ("rotated", version)


def test_a_failed_step_begins_the_rotation_again(rotating: Rotating, secret: str) -> None:
    rotating.failing = ["testSecret"]

    version = rotate(rotating, secret)

    wait(lambda: rotating.version(secret, "AWSCURRENT") == version, "The rotation")
    assert rotating.steps == [*STEPS[:3], *STEPS]


def test_a_rotation_that_fails_for_good_leaves_its_version_pending(
    rotating: Rotating, secret: str
) -> None:
    rotating.failing = ["createSecret"] * 3
    version = rotate(rotating, secret)
    wait(lambda: len(rotating.events) == 3, "The rotation")

    assert rotating.version(secret, "AWSPENDING") == version
    # It is empty.
    with pytest.raises(rotating.manager.exceptions.ResourceNotFoundException):
        rotating.manager.get_secret_value(SecretId=secret, VersionId=version)
    with pytest.raises(rotating.manager.exceptions.InvalidRequestException):
        rotate(rotating, secret)
    assert rotating.manager.get_secret_value(SecretId=secret)["SecretString"] == "first"


def test_switching_it_on_tests_a_version_that_is_removed(rotating: Rotating, secret: str) -> None:
    before = rotating.stages(secret)

    rotate(rotating, secret, RotateImmediately=False)

    wait(lambda: rotating.version(secret, "AWSPENDING") is None, "The test")
    assert rotating.steps == ["testSecret"]
    assert rotating.stages(secret) == before
    assert rotating.manager.describe_secret(SecretId=secret)["RotationEnabled"] is True


def test_without_a_function_there_is_no_rotation(rotating: Rotating, secret: str) -> None:
    with pytest.raises(rotating.manager.exceptions.InvalidRequestException):
        rotating.manager.rotate_secret(SecretId=secret)


def test_a_value_put_in_during_a_rotation_abandons_it(rotating: Rotating, secret: str) -> None:
    rotating.failing = ["createSecret"] * 3
    rotate(rotating, secret)
    wait(lambda: len(rotating.events) == 3, "The rotation")

    rotating.manager.put_secret_value(SecretId=secret, SecretString="by hand")

    assert rotating.version(secret, "AWSPENDING") is None
    assert rotating.manager.get_secret_value(SecretId=secret)["SecretString"] == "by hand"


def test_a_value_put_in_after_a_rotation_has_the_rotated_one_before_it(
    rotating: Rotating, secret: str
) -> None:
    version = rotate(rotating, secret)
    wait(lambda: rotating.version(secret, "AWSCURRENT") == version, "The rotation")

    by_hand = rotating.manager.put_secret_value(SecretId=secret, SecretString="by hand")[
        "VersionId"
    ]

    assert rotating.stages(secret) == {by_hand: ["AWSCURRENT"], version: ["AWSPREVIOUS"]}


def test_a_version_is_filled_once(rotating: Rotating, secret: str) -> None:
    token = str(uuid.uuid4())
    event = {"SecretId": secret, "ClientRequestToken": token}
    rotating.put(event, "AWSPENDING")
    rotating.put(event, "AWSPENDING")

    with pytest.raises(rotating.manager.exceptions.ResourceExistsException):
        rotating.manager.put_secret_value(
            SecretId=secret,
            ClientRequestToken=token,
            SecretString="other",
            VersionStages=["AWSPENDING"],
        )


def test_a_secret_without_a_current_version_gets_its_first(rotating: Rotating) -> None:
    secret = rotating.manager.create_secret(Name=f"test-{uuid.uuid4().hex}")["ARN"]
    rotating.failing = ["finishSecret"] * 3
    version = rotate(rotating, secret)
    wait(lambda: rotating.steps.count("finishSecret") == 3, "The rotation")

    rotating.manager.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=version
    )

    assert rotating.stages(secret) == {version: ["AWSCURRENT"]}


@pytest.fixture
def lambda_client(api: HttpServer) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=api.url,
        region_name="us-east-1",
        aws_access_key_id="LOCALTEST",
        aws_secret_access_key="local-test",
    )


@pytest.mark.parametrize("name", ["Echo", f"{ARN[:-6]}Echo", f"{ARN[:-6]}Echo:live", "Echo:live"])
def test_a_function_is_invoked_by_name_and_by_arn(
    lambda_client: Any, functions: dict[str, Any], name: str
) -> None:
    functions["Echo"] = lambda event: Outcome({"got": event})

    answer = lambda_client.invoke(FunctionName=name, Payload=b'{"a": 1}')

    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert answer["Payload"].read() == b'{"got":{"a":1}}'


def test_a_functions_error_is_an_answer(lambda_client: Any, functions: dict[str, Any]) -> None:
    functions["Fail"] = lambda _: Outcome({"errorType": "E"}, is_error=True)

    answer = lambda_client.invoke(FunctionName="Fail")

    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"].read() == b'{"errorType":"E"}'


def test_a_function_that_is_not_there_is_not_found(lambda_client: Any) -> None:
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.invoke(FunctionName="Nobody")


def test_a_function_that_is_busy_says_so(lambda_client: Any, functions: dict[str, Any]) -> None:
    asked = threading.Event()

    def busy(_: object) -> Outcome:
        asked.set()
        raise ConcurrencyError

    functions["Busy"] = busy
    lambda_client.meta.config.retries = {"total_max_attempts": 1}

    with pytest.raises(lambda_client.exceptions.TooManyRequestsException):
        lambda_client.invoke(FunctionName="Busy")
    assert asked.is_set()
