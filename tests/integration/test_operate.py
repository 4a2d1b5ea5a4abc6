"""The operator's targets, run as `make` runs them, against moto and a `sam` that only records."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from deploy import call, delete, logs, put_key, release, stop
from deploy.stack import Stack, StackError
from local.aws import LocalAws
from tests.integration.operators import GROUP, NAME, ROOT, Operator, client

KEY = "sk-test-canary-0123456789"


def test_the_first_deployment_says_what_it_does_and_needs_no_parameter(nothing: Operator) -> None:
    done = nothing.make("deploy", STACK="test-never-deployed")

    assert done.returncode == 0, done.stderr
    said, _, _ = done.stderr.partition("Building")
    assert "the stack test-never-deployed in us-east-1, account" in said
    assert "It is new" in said
    assert "make put-key" in done.stdout
    build, deploy = nothing.sam
    assert build[0] == "build"
    assert deploy == [
        "deploy",
        "--config-env",
        "default",
        "--stack-name",
        "test-never-deployed",
        "--parameter-overrides",
        "Rollout=Canary10Percent5Minutes",
        "LogRetentionDays=7",
    ]


def test_an_update_tells_of_the_canary_and_a_failure_is_one(operator: Operator) -> None:
    done = operator.make("deploy", SAM_STATUS="1")

    assert "a tenth of the traffic for 5 minutes" in done.stderr
    assert "It is new" not in done.stderr
    assert done.returncode != 0
    assert "Deployed" not in done.stdout
    assert [line[0] for line in operator.sam] == ["build"]


def test_the_fix_of_an_outage_skips_the_canary(operator: Operator) -> None:
    done = operator.make("deploy", "PARAMETERS=Rollout=AllAtOnce Dashboard=true", "ARGS=--dry-run")

    assert done.returncode == 0, done.stderr
    assert "all traffic at once" in done.stderr
    assert "Dashboard=true" in done.stderr
    assert operator.sam == []


def test_a_parameter_that_is_no_pair_is_one_line() -> None:
    with pytest.raises(StackError, match="pairs such as"):
        release.overrides([], "AllAtOnce")


def test_the_key_is_taken_from_a_prompt_and_shown_nowhere(
    operator: Operator, aws: LocalAws
) -> None:
    done = operator.make("put-key", typed=f"{KEY}\n")

    assert done.returncode == 0, done.stderr
    assert "The key goes into" in done.stderr
    assert KEY not in done.stdout + done.stderr
    stored = aws.secrets_manager.get_secret_value(SecretId=f"{NAME}/key")
    assert stored["SecretString"] == KEY


def test_a_call_shows_the_answer_and_no_whole_secret(operator: Operator) -> None:
    done = operator.make("call", TOKEN="sk-test-token")

    assert done.returncode == 0, done.stderr
    assert "HTTP 200" in done.stderr
    value = json.loads(done.stdout)["value"]
    assert (value[:3], value[-1]) == ("ek_", "…")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("stop", "Setting the reserved concurrency of test-operate"),
        ("start", "Taking the stop off"),
    ],
)
def test_the_switch_says_what_it_does_before_it_does_it(
    operator: Operator, target: str, said: str
) -> None:
    done = operator.make(target)

    # There is no such function; tests of the switch itself have one.
    assert said in done.stderr
    assert done.returncode != 0
    assert done.stderr.index(said) < done.stderr.index("The function was not")


def test_deleting_lists_what_stays_with_commands_that_remove_it(
    operator: Operator, aws: LocalAws
) -> None:
    done = operator.make("delete", "ARGS=--yes")

    assert done.returncode == 0, done.stderr
    said, _, _ = done.stdout.partition("Deleted.")
    assert "  QuotaTable\n    aws dynamodb delete-table --table-name " in said
    assert "Topic" not in said
    names = [
        each["StackName"] for each in client("cloudformation", aws).describe_stacks()["Stacks"]
    ]
    assert NAME not in names


def test_every_kept_resource_has_a_command_that_removes_it() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:{}-AbCdEf"
    session = boto3.Session("test", "test", region_name="us-east-1")
    client_of_stacks = session.client("cloudformation")
    resources = [
        ("OpenAIApiKey", "AWS::SecretsManager::Secret", arn.format("key")),
        ("SafetyPepper", "AWS::SecretsManager::Secret", arn.format("pepper")),
        ("QuotaTable", "AWS::DynamoDB::Table", "minting-QuotaTable"),
        ("HttpApi", "AWS::ApiGatewayV2::Api", "abcde12345"),
    ]
    answer = {
        "StackResourceSummaries": [
            {
                "LogicalResourceId": name,
                "ResourceType": kind,
                "PhysicalResourceId": physical,
                "LastUpdatedTimestamp": datetime.now(UTC),
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name, kind, physical in resources
        ]
    }
    with Stubber(client_of_stacks) as stubber:
        stubber.add_response("list_stack_resources", answer, {"StackName": NAME})
        session.client = lambda _: client_of_stacks  # type: ignore[assignment,method-assign]  # one client
        found = delete.kept(Stack(NAME, "us-east-1", {}, session))

    secret = "aws secretsmanager delete-secret --secret-id {} --region us-east-1"
    table = "aws dynamodb delete-table --table-name minting-QuotaTable --region us-east-1"
    assert found == {
        "OpenAIApiKey": secret.format(arn.format("key")),
        "SafetyPepper": secret.format(arn.format("pepper")),
        "QuotaTable": table,
    }


@pytest.mark.parametrize("typed", ["", "openai-realtime-dev\n"])
def test_deleting_is_not_done_without_the_stacks_name(
    operator: Operator, aws: LocalAws, typed: str
) -> None:
    done = operator.make("delete", typed=typed)

    assert done.returncode != 0
    assert "Nothing was deleted" in done.stderr
    assert client("cloudformation", aws).describe_stacks(StackName=NAME)["Stacks"]


RECORDS: list[Mapping[str, Any]] = [
    {
        "message": "client_secret_issued",
        "caller": "8f8293a2f4145eb9",
        "profile": "default",
        "model": "gpt-realtime-2.1",
        "ttl_s": 60,
        "upstream_ms": 512.0,
    },
    {
        "message": "request_refused",
        "caller": "0123456789abcdef",
        "profile": "default",
        "status": 400,
        "code": "unknown_parameter",
        "param": "session.colour",
    },
    {"message": "request_failed", "status": 502, "code": "upstream_error", "reason": "Status 500"},
    {"message": "stale_api_key_used", "level": "WARNING"},
    {"_aws": {}, "ClientSecretIssued": [1.0]},
    {"type": "platform.report", "record": {}},
]


@pytest.fixture
def logged(operator: Operator, aws: LocalAws) -> Iterator[Operator]:
    client_of_logs = client("logs", aws)
    client_of_logs.create_log_group(logGroupName=GROUP)
    client_of_logs.create_log_stream(logGroupName=GROUP, logStreamName="1")
    now_ms = int(time.time() * 1000)
    texts = [*map(json.dumps, RECORDS), "Traceback (most recent call last):"]
    events = [{"timestamp": now_ms + at, "message": text} for at, text in enumerate(texts)]
    client_of_logs.put_log_events(logGroupName=GROUP, logStreamName="1", logEvents=events)
    yield operator
    client_of_logs.delete_log_group(logGroupName=GROUP)


def test_the_ledger_is_readable(logged: Operator) -> None:
    done = logged.make("logs", "ARGS=--no-follow")

    assert done.returncode == 0, done.stderr
    assert "Reading the ledger of test-operate in us-east-1" in done.stderr
    assert [line.split(maxsplit=1)[1] for line in done.stdout.splitlines()] == [
        "8f8293a2 default      200 gpt-realtime-2.1 ttl 60 s, OpenAI 512.0 ms",
        "01234567 default      400 unknown_parameter, session.colour",
        "-        -            502 upstream_error, Status 500",
        "-        -            WARNING stale_api_key_used",
        "-        -             Traceback (most recent call last):",
    ]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ("--only issued", 1),
        ("--only failed", 1),
        ("--caller 0123", 1),
        ("--code upstream_error", 1),
        ("--grep Traceback", 1),
        ("--json --since 1h", 5),
        ("--code nothing", 0),
    ],
)
def test_the_ledger_can_be_filtered(
    logged: Operator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: str,
    count: int,
) -> None:
    for name, value in logged.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["logs", "--no-follow", *options.split()])

    logs.main()

    assert len(capsys.readouterr().out.splitlines()) == count


def test_following_ends_quietly_at_ctrl_c(logged: Operator) -> None:
    following = subprocess.Popen(
        [sys.executable, "-m", "deploy.logs"],
        cwd=ROOT,
        env=run_environment(logged),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with following:
        assert following.stdout is not None
        for _ in range(5):
            following.stdout.readline()
        following.send_signal(signal.SIGINT)
        _, errors = following.communicate(timeout=10)

    assert "Traceback" not in errors
    assert "Stopped" in errors


@pytest.mark.parametrize(("text", "expected"), [("90s", 90), ("15m", 900), ("2h", 7200)])
def test_times_are_written_short(text: str, expected: int) -> None:
    assert logs.seconds(text) == expected


@pytest.mark.parametrize("command", [release, put_key, call, logs, stop, delete])
def test_every_command_explains_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: Any
) -> None:
    monkeypatch.setattr(sys, "argv", ["command", "--help"])

    with pytest.raises(SystemExit) as ended:
        command.main()

    assert ended.value.code == 0
    assert "--config-env" in capsys.readouterr().out


def run_environment(operator: Operator) -> dict[str, str]:
    return operator.environment | {"PYTHONPATH": f"{ROOT}/layers/realtime:{ROOT}"}
