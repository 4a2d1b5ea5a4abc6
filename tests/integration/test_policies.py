"""The function's role against what it asks of AWS: nothing missing, nothing unused.

Runs after all other tests of this folder and judges the calls of all of them. By itself it makes
the few that there are.
"""

import os
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from broker.profile_files import McpReference
from local.template import read_template
from tests.integration import aws_calls
from tests.integration.conftest import Stack
from tests.template.cloudformation import read, resolve
from tests.template.rules.registry import listed

STACK = resolve(read())
ROLE = "ClientSecretsRole"
VARIABLES = STACK.of_type("AWS::Lambda::Function")["ClientSecretsFunction"]["Environment"][
    "Variables"
]
# Lambda itself makes them in the role's name, to write the log; no code of ours does.
LAMBDAS_OWN = {"logs:CreateLogStream", "logs:PutLogEvents"}
# Roles that no code of ours uses, and who does.
OTHERS = {"RolloutRole": "codedeploy.amazonaws.com"}

Statement = dict[str, Any]


def statements(role: str = ROLE) -> list[Statement]:
    policies = STACK.of_type("AWS::IAM::Role")[role]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def deployed(call: aws_calls.Call) -> str:
    """The ARN of what *call* would have named in the resolved template."""
    prefix = call.variables["MCP_SECRETS_PREFIX"]
    if call.resource.startswith(prefix):
        name = VARIABLES["MCP_SECRETS_PREFIX"] + call.resource.removeprefix(prefix)
        return f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}-AbCdEf"
    [same] = [name for name in VARIABLES if call.variables.get(name) == call.resource]
    if call.action.startswith("dynamodb:"):
        return f"arn:aws:dynamodb:us-east-1:111122223333:table/{VARIABLES[same]}"
    return str(VARIABLES[same])


def allowing(action: str, resource: str) -> list[Statement]:
    """The statements that let the role do it. None has a condition, or it would have to be met."""
    return [
        each
        for each in statements()
        if each["Effect"] == "Allow"
        and "Condition" not in each
        and any(fnmatchcase(action.lower(), pattern.lower()) for pattern in listed(each["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in listed(each["Resource"]))
    ]


def test_every_call_of_the_suite_is_allowed_and_every_statement_is_used(
    start: Callable[..., Stack],
) -> None:
    ask_for_everything(start)
    calls = {(call.action, deployed(call)) for call in aws_calls.RECORDED}

    missing = {call for call in calls if not allowing(*call)}
    used = [each for call in calls for each in allowing(*call)]
    unused = [
        each for each in statements() if each not in used and each["Action"] not in LAMBDAS_OWN
    ]

    assert len(calls) >= 4
    assert missing == set()
    assert unused == []


def test_a_call_that_is_not_allowed_would_be_seen() -> None:
    secret = str(VARIABLES["OPENAI_API_KEY_SECRET_ID"])

    assert allowing("secretsmanager:GetSecretValue", secret)
    assert not allowing("secretsmanager:PutSecretValue", secret)
    assert not allowing("secretsmanager:GetSecretValue", secret + "-of-another-stack")
    other = "arn:aws:secretsmanager:us-east-1:111122223333:secret:{}/mcp/x-AbCdEf"
    assert allowing("secretsmanager:GetSecretValue", other.format("minting"))
    assert not allowing("secretsmanager:GetSecretValue", other.format("another"))


def test_lambda_may_write_the_log_and_nobody_elses() -> None:
    logs = [each for each in statements() if each["Action"] in LAMBDAS_OWN]

    assert {each["Action"] for each in logs} == LAMBDAS_OWN
    for each in logs:
        assert listed(each["Resource"]) == [
            "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/minting/client-secrets:*"
        ]


def test_every_other_role_belongs_to_a_service_or_does_nothing() -> None:
    roles = resolve(read(), {"Console": "true"}).of_type("AWS::IAM::Role")

    for name, role in roles.items():
        [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
        if trusted["Principal"] != {"Service": "lambda.amazonaws.com"}:
            assert trusted["Principal"] == {"Service": OTHERS[name]}
        elif name != ROLE:
            [policy] = role["Policies"]
            actions = {each["Action"] for each in policy["PolicyDocument"]["Statement"]}
            assert actions == LAMBDAS_OWN


def ask_for_everything(start: Callable[..., Stack]) -> None:
    """Key, pepper and quota; and the MCP credential of a profile that had one."""
    stack = start(QUOTA_PER_MINUTE="5", QUOTA_PER_STACK_PER_DAY="5")
    properties = read_template()["Resources"]["QuotaTable"]["Properties"]
    stack.aws.create_table(os.environ["QUOTA_TABLE_NAME"], properties)
    stack.aws.put_secret(f"{os.environ['MCP_SECRETS_PREFIX']}orders", "mcp-canary-0123456789")
    assert stack.post({}).status == 200
    tool = {"type": "mcp", "authorization": McpReference("orders")}
    with aws_calls.recorded():
        stack.app.mcp_secrets.put_into({"session": {"tools": [tool]}})
