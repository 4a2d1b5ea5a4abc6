"""The operator's targets for the stack that rotates the key, as `make` runs them."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from deploy import (
    delete,
    put_admin_key,
    release,
    release_rotation,
    rotation_check,
    sam,
)
from deploy.stack import SAMCONFIG, Stack, StackError
from local.aws import NOWHERE, LocalAws
from local.functions import Outcome
from local.lambda_api import lambda_api
from local.openai_admin import ADMIN_KEY
from local.pool import Pool
from local.rotation import rotation_function, switch_on
from tests.integration.operators import NAME, ROOT, Operator, client, deployed

ROTATION = f"{NAME}-rotation"
KEY = "sk-test-canary-0123456789"
OTHER_ADMIN_KEY = "sk-admin-canary-0123456789"
LOG = f"/aws/lambda/{ROTATION}/rotate-api-key"
ROTATE = "aws secretsmanager rotate-secret --secret-id the-key"


def rotating(admin_key_arn: str = "none", function: str = "none") -> dict[str, Any]:
    """A template with what the commands look for in the stack that rotates."""
    return {
        "Parameters": {"KeyLifetimeDays": {"Type": "Number", "Default": 0}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {
            "AdminApiKeyArn": {"Value": admin_key_arn},
            "RotateApiKeyFunctionName": {"Value": function},
            "RotationLogGroupName": {"Value": LOG},
            "RotateNowCommand": {"Value": ROTATE},
        },
    }


@pytest.fixture
def rotated(operator: Operator, aws: LocalAws) -> Iterator[Operator]:
    """Both stacks."""
    with deployed(aws, ROTATION, rotating(aws.put_secret(f"{ROTATION}/admin-key", None))):
        yield operator


def deploy_line(operator: Operator) -> tuple[list[str], dict[str, str]]:
    """What `sam deploy` was told: all but the parameters, and those."""
    [line] = [each for each in operator.sam if each[0] == "deploy"]
    at = line.index("--parameter-overrides")
    return line[:at], dict(pair.split("=", 1) for pair in line[at + 1 :])


def test_the_first_deployment_takes_from_the_other_stack_what_it_shares(
    operator: Operator, aws: LocalAws
) -> None:
    made = json.dumps(rotating())

    done = operator.make("deploy-rotation", "PROJECT=proj_test", SAM_MAKES=made)
    client("cloudformation", aws).delete_stack(StackName=ROTATION)

    assert done.returncode == 0, done.stderr
    said, _, _ = done.stderr.partition("Building")
    assert f"the stack {ROTATION} in us-east-1, account" in said
    assert "  OpenAIProjectId=proj_test\n" in said
    assert "It is new" in said
    assert "No key is changed" in said
    build = operator.sam[0]
    assert build[:3] == ["build", "--template", "template-rotation.yaml"]
    line, parameters = deploy_line(operator)
    assert line == [
        "deploy",
        *("--config-env", "default"),
        *("--stack-name", ROTATION),
        *("--config-file", f"{ROOT}/samconfig.toml"),
        *("--template-file", f"{build[-1]}/template.yaml"),
        *("--capabilities", "CAPABILITY_IAM"),
    ]
    assert parameters == {
        "OpenAIApiKeyArn": aws.secret_id(f"{NAME}/key"),
        "OpenAIProjectId": "proj_test",
        "OpenAIBaseUrl": "https://eu.api.openai.com/v1",
        "AlarmTopicArn": '""',
        "LogRetentionDays": "7",
    }
    # What comes next, in its order.
    assert done.stdout.split("Deployed.")[1].split() == (
        f"Now: make put-admin-key, then make rotation-check, and when all is fine: {ROTATE}".split()
    )


def test_an_update_keeps_the_project_and_says_nothing_of_first_steps(rotated: Operator) -> None:
    done = rotated.make("deploy-rotation")

    assert done.returncode == 0, done.stderr
    assert "It is new" not in done.stderr
    assert "No key is changed" in done.stderr
    assert "OpenAIProjectId" not in deploy_line(rotated)[1]
    assert done.stdout.endswith("Deployed.\n")


def test_parameters_overrule_what_the_other_stack_says(operator: Operator) -> None:
    given = "PARAMETERS=OpenAIProjectId=proj_other LogRetentionDays=90 RotationDays=7"

    done = operator.make("deploy-rotation", "PROJECT=proj_test", given, "ARGS=--dry-run")

    assert done.returncode == 0, done.stderr
    assert "  OpenAIProjectId=proj_other\n" in done.stderr
    assert "  LogRetentionDays=90\n" in done.stderr
    assert "  RotationDays=7\n" in done.stderr
    assert operator.sam == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "PROJECT is missing"),
        (["PROJECT=sk-proj-canary"], "PROJECT must be the id of an OpenAI project, proj_…."),
        (["PROJECT=proj_a", "PARAMETERS=RotationDay=7"], "has no parameter 'RotationDay'"),
        (["PROJECT=proj_a", "PARAMETERS=RotationDays"], "PARAMETERS are pairs"),
        (["PROJECT=proj_a", f"STACK={ROTATION}"], f"Stack {ROTATION} in us-east-1 does not exist"),
    ],
    ids=["no project", "no project's id", "a typing error", "no pair", "no such stack"],
)
def test_what_cannot_be_deployed_is_one_line_before_anything_is_built(
    operator: Operator, given: list[str], said: str
) -> None:
    done = operator.make("deploy-rotation", *given)

    assert done.returncode != 0
    assert said in done.stderr.splitlines()[0]
    assert "canary" not in done.stdout + done.stderr
    assert operator.sam == []


def test_a_stack_of_the_wrong_kind_is_one_line(rotated: Operator) -> None:
    done = rotated.make("deploy-rotation", "PROJECT=proj_a", f"STACK={ROTATION}")

    assert f"Stack {ROTATION} has no Output OpenAIApiKeyArn" in done.stderr.splitlines()[0]


def test_a_change_set_that_is_not_confirmed_is_no_deployment(
    operator: Operator, aws: LocalAws
) -> None:
    cloudformation = client("cloudformation", aws)
    cloudformation.create_change_set(
        StackName=ROTATION,
        ChangeSetName="unconfirmed",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(rotating()),
    )

    done = operator.make("deploy-rotation", "PROJECT=proj_test")
    without_project = operator.make("deploy-rotation")
    cloudformation.delete_stack(StackName=ROTATION)

    assert done.returncode != 0
    assert "It is new" in done.stderr
    assert "the change set was not confirmed" in done.stderr
    assert "Deployed" not in done.stdout
    assert "PROJECT is missing" in without_project.stderr


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("CLOUDFORMATION", f"Stack {NAME} in us-east-1: Could not connect"),
        ("STS", "Nothing was deployed: Could not connect"),
    ],
)
def test_an_aws_that_does_not_answer_is_one_line(
    operator: Operator, service: str, said: str
) -> None:
    away = {f"AWS_ENDPOINT_URL_{service}": NOWHERE, "AWS_MAX_ATTEMPTS": "1"}

    done = operator.make("deploy-rotation", "PROJECT=proj_test", **away)

    assert done.returncode != 0
    assert done.stderr.startswith(said)
    assert operator.sam == []


def test_the_main_stacks_typing_errors_are_found_as_well() -> None:
    with pytest.raises(StackError, match=r"template\.yaml has no parameter 'Rolout'"):
        release.overrides([], "Rolout=AllAtOnce")


def test_sam_itself_takes_the_tables_options_and_none_of_its_parameters(
    operator: Operator, aws: LocalAws, tmp_path: Path
) -> None:
    subprocess.run(["local/setup.sh", "sam", ".build/sam"], cwd=ROOT, check=True)
    samconfig, template = tmp_path / "samconfig.toml", tmp_path / "built/template.yaml"
    # moto has no bucket for it.
    samconfig.write_text(SAMCONFIG.read_text().replace("resolve_s3 = true", ""))
    template.parent.mkdir()
    defaults = {"AlarmTopicArn": "before", "LogRetentionDays": "30"}
    described = {name: {"Type": "String", "Default": value} for name, value in defaults.items()}
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
    template.write_text(json.dumps({"Parameters": described, "Resources": resources}))
    here = {str(SAMCONFIG): str(samconfig), str(sam.BUILT["rotation"]): str(template)}
    flags = [here.get(each, each) for each in release_rotation.FLAGS]

    line = sam.command("default", ROTATION, {"AlarmTopicArn": ""}, flags=flags)
    environment = operator.environment | {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.1"}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)
    [stack] = client("cloudformation", aws).describe_stacks(StackName=ROTATION)["Stacks"]
    client("cloudformation", aws).delete_stack(StackName=ROTATION)

    assert done.returncode == 0, done.stderr
    assert {each["Key"] for each in stack["Tags"]} == {"application", "environment"}
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert parameters == {"AlarmTopicArn": "", "LogRetentionDays": "30"}


def test_the_admin_key_is_taken_from_a_prompt_and_shown_nowhere(
    rotated: Operator, aws: LocalAws
) -> None:
    done = rotated.make("put-admin-key", typed=f" {OTHER_ADMIN_KEY}\n")

    assert done.returncode == 0, done.stderr
    assert f"The key goes into {aws.secret_id(f'{ROTATION}/admin-key')}" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert "make rotation-check" in done.stdout
    stored = aws.secrets_manager.get_secret_value(SecretId=f"{ROTATION}/admin-key")
    assert stored["SecretString"] == OTHER_ADMIN_KEY


@pytest.mark.parametrize(
    ("target", "typed", "said"),
    [
        ("put-admin-key", "sk-proj-canary-0123456789", "begins with sk-admin-"),
        ("put-admin-key", "sk-svcacct-canary-0123456789", "begins with sk-admin-"),
        ("put-admin-key", "", "is empty"),
        ("put-key", OTHER_ADMIN_KEY, "cannot mint"),
    ],
)
def test_a_key_of_the_wrong_kind_changes_nothing_and_is_shown_nowhere(
    rotated: Operator, aws: LocalAws, target: str, typed: str, said: str
) -> None:
    secrets = [f"{ROTATION}/admin-key", f"{NAME}/key"]
    for each in secrets:
        aws.put_secret(each, "sk-of-before")

    done = rotated.make(target, typed=f"{typed}\n")

    assert done.returncode != 0
    assert "Nothing was changed" in done.stderr
    assert said in done.stderr
    assert "canary" not in done.stdout + done.stderr
    stored = [aws.secrets_manager.get_secret_value(SecretId=each) for each in secrets]
    assert [each["SecretString"] for each in stored] == ["sk-of-before"] * 2


def test_a_secret_that_is_gone_is_one_line(operator: Operator, aws: LocalAws) -> None:
    with deployed(aws, ROTATION, rotating(admin_key_arn="gone")):
        done = operator.make("put-admin-key", typed=f"{OTHER_ADMIN_KEY}\n")

    assert done.returncode != 0
    assert "Nothing was changed: An error occurred (ResourceNotFoundException)" in done.stderr
    assert "canary" not in done.stdout + done.stderr


Start = Callable[..., Operator]


@pytest.fixture
def started(operator: Operator, aws: LocalAws) -> Iterator[Start]:
    """Both stacks, with the rotation's function: `started(KEY_LIFETIME_DAYS="1")`."""
    with ExitStack() as stack:

        def start(**variables: str) -> Operator:
            aws.put_secret(f"{NAME}/key", KEY)
            function = rotation_function(
                aws,
                secret_name=f"{NAME}/key",
                base_url=operator.endpoint.base_url,
                variables=variables,
            )
            pool = stack.enter_context(Pool(function, log=lambda _: None))
            api = stack.enter_context(lambda_api({function.name: pool.invoke}))
            switch_on(aws.secrets_manager, secret_id=f"{NAME}/key", function_arn=function.arn)
            admin_key = function.environment["ADMIN_API_KEY_SECRET_ID"]
            stack.enter_context(deployed(aws, ROTATION, rotating(admin_key, function.name)))
            operator.environment["AWS_ENDPOINT_URL_LAMBDA"] = api.url
            return operator

        yield start


def findings(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, str]]:
    """Each finding: `ok` or `FIX`, what, and the advice below it."""
    assert "canary" not in done.stdout + done.stderr
    assert ADMIN_KEY not in done.stdout + done.stderr
    found: list[tuple[str, str, str]] = []
    for line in done.stdout.splitlines():
        word, text = line[:5].strip(), line[5:]
        if word:
            found.append((word, text, ""))
        else:
            found[-1] = (*found[-1][:2], text)
    return found


def test_a_check_says_what_it_looked_at_and_what_to_know(started: Start) -> None:
    done = started().make("rotation-check")

    assert findings(done) == [
        ("ok", "Rotation of the secret is switched on.", ""),
        (
            "ok",
            "The current key was put in by hand.",
            "After the first rotation, delete it at OpenAI: nothing here can.",
        ),
        ("ok", "The admin key can be read.", ""),
        ("ok", "The project 'Local' can be read.", ""),
        ("ok", "Service accounts can be listed; 0 are this secret's.", ""),
        ("ok", "The admin key does not expire, or OpenAI does not say when.", ""),
    ]
    assert f"Asking the function of {ROTATION} in us-east-1. It only reads." in done.stderr
    assert done.returncode == 0


def to_fix(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """The one finding that is not fine."""
    assert done.returncode != 0
    [(_, what, advice)] = [each for each in findings(done) if each[0] == "FIX"]
    return what, advice


def test_a_missing_admin_key_is_to_fix_and_put_admin_key_fixes_it(
    started: Start, aws: LocalAws
) -> None:
    empty = aws.put_secret(f"{ROTATION}/empty-admin-key", None)
    operator = started(ADMIN_API_KEY_SECRET_ID=empty)

    before = operator.make("rotation-check")
    operator.make("put-admin-key", typed=f"{ADMIN_KEY}\n")
    after = operator.make("rotation-check")

    what, advice = to_fix(before)
    assert what.startswith("The admin key cannot be read")
    assert advice == "`make put-admin-key` puts it in."
    assert after.returncode == 0, after.stdout


def test_an_archived_project_is_to_fix(started: Start) -> None:
    operator = started()
    operator.endpoint.admin.project_status = "archived"

    what, advice = to_fix(operator.make("rotation-check"))

    assert what == "The project 'Local' is archived."
    assert advice == "Deploy with another one."


def test_a_wrong_admin_key_is_to_fix(started: Start) -> None:
    operator = started()
    operator.make("put-admin-key", typed=f"{OTHER_ADMIN_KEY}\n")

    what, _ = to_fix(operator.make("rotation-check"))

    assert what.startswith("The project cannot be read: Status 401")
    assert "`make put-admin-key` puts in another" in what


def test_a_function_that_does_not_start_is_one_line_with_its_log(started: Start) -> None:
    done = started(KEY_LIFETIME_DAYS="10").make("rotation-check")

    assert done.returncode != 0
    assert done.stdout == ""
    said = done.stderr.splitlines()[1]
    assert "The function failed: ValueError, KEY_LIFETIME_DAYS must be 0, or more than" in said
    assert f"aws logs tail {LOG} --since 1h --region us-east-1" in said


@pytest.mark.parametrize("target", ["rotation-check", "put-admin-key"])
def test_without_the_stack_one_line_says_how_to_deploy_it(operator: Operator, target: str) -> None:
    done = operator.make(target, typed=f"{OTHER_ADMIN_KEY}\n")

    assert done.returncode != 0
    said = done.stderr.splitlines()[0]
    assert f"There is no stack {ROTATION} in us-east-1" in said
    assert "make deploy-rotation PROJECT=proj_…" in said
    assert "canary" not in done.stdout + done.stderr


def asked_of(url: str) -> Stack:
    """The stack that rotates, with Lambda at *url*."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    session.client = lambda service, config: boto3.client(  # type: ignore[assignment,method-assign]
        service,
        endpoint_url=url,
        config=config,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    outputs = {"RotateApiKeyFunctionName": "rotate", "RotationLogGroupName": LOG}
    return Stack(ROTATION, "us-east-1", outputs, session)


def test_a_function_that_lambda_does_not_know_is_one_line() -> None:
    with lambda_api({}) as api, pytest.raises(StackError, match=r"cannot be asked: .*not found"):
        rotation_check.findings(asked_of(api.url))


def test_a_lambda_that_does_not_answer_is_one_line() -> None:
    with pytest.raises(StackError, match="The function rotate cannot be asked"):
        rotation_check.findings(asked_of(NOWHERE))


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"findings": None}, {"findings": [{"title": "of another time"}]}],
)
def test_a_function_of_another_version_is_one_line(payload: Any) -> None:
    def invoke(_: Mapping[str, Any]) -> Outcome:
        return Outcome(payload)

    with lambda_api({"rotate": invoke}) as api, pytest.raises(StackError, match="another version"):
        rotation_check.findings(asked_of(api.url))


def test_what_a_failed_function_says_is_cleared_of_credentials() -> None:
    def invoke(_: Mapping[str, Any]) -> Outcome:
        error = {"errorType": "KeyError", "errorMessage": f"no such key: {OTHER_ADMIN_KEY}"}
        return Outcome(error, is_error=True)

    with lambda_api({"rotate": invoke}) as api, pytest.raises(StackError) as caught:
        rotation_check.findings(asked_of(api.url))

    assert "KeyError, no such key: <redacted>" in str(caught.value)


def test_the_minting_stack_is_not_deleted_before_the_one_that_rotates_its_key(
    rotated: Operator, aws: LocalAws
) -> None:
    done = rotated.make("delete", "ARGS=--yes")

    assert done.returncode != 0
    assert "Nothing was deleted" in done.stderr
    assert f"make delete STACK={ROTATION}" in done.stderr
    assert client("cloudformation", aws).describe_stacks(StackName=NAME)["Stacks"]


def test_the_stack_that_rotates_is_deleted_by_its_name_and_the_other_then(
    rotated: Operator, aws: LocalAws
) -> None:
    first = rotated.make("delete", f"STACK={ROTATION}", "ARGS=--yes")
    second = rotated.make("delete", "ARGS=--yes")

    assert first.returncode == 0, first.stderr
    assert "Callers notice nothing" in first.stdout
    assert "SafetyPepper" not in first.stdout
    assert second.returncode == 0, second.stderr
    assert "Callers get no answer" in second.stdout


def test_the_command_of_another_table_names_it(rotated: Operator) -> None:
    done = rotated.make("delete", "ENV=prod", "ARGS=--yes", AWS_REGION="us-east-1")

    assert f"make delete ENV=prod STACK={ROTATION}" in done.stderr


def test_a_key_that_ends_by_itself_is_told_of() -> None:
    session = boto3.Session("test", "test", region_name="us-east-1")
    stack = Stack(ROTATION, "us-east-1", {}, session, {"KeyLifetimeDays": "90"})

    going, _ = delete.farewell(stack)

    assert "valid, 90 days from its making" in "\n".join(going)


def test_the_admin_keys_secret_has_a_command_that_removes_it_and_its_policy_none() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:admin-AbCdEf"
    session = boto3.Session("test", "test", region_name="us-east-1")
    cloudformation = session.client("cloudformation")
    resources = [
        ("AdminApiKey", "AWS::SecretsManager::Secret", arn),
        ("AdminApiKeyPolicy", "AWS::SecretsManager::ResourcePolicy", arn),
        ("RotateApiKeyFunction", "AWS::Lambda::Function", "rotate"),
    ]
    summaries = [
        {
            "LogicalResourceId": name,
            "ResourceType": kind,
            "PhysicalResourceId": physical,
            "LastUpdatedTimestamp": datetime.now(UTC),
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for name, kind, physical in resources
    ]
    with Stubber(cloudformation) as stubber:
        stubber.add_response("list_stack_resources", {"StackResourceSummaries": summaries})
        session.client = lambda _: cloudformation  # type: ignore[assignment,method-assign]  # one client
        found = delete.kept(Stack(ROTATION, "us-east-1", {}, session))

    command = f"aws secretsmanager delete-secret --secret-id {arn} --region us-east-1"
    assert found == {"AdminApiKey": command}


@pytest.mark.parametrize("command", [release_rotation, put_admin_key, rotation_check])
def test_every_command_explains_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: Any
) -> None:
    monkeypatch.setattr(sys, "argv", ["command", "--help"])

    with pytest.raises(SystemExit) as ended:
        command.main()

    assert ended.value.code == 0
    assert "--config-env" in capsys.readouterr().out
