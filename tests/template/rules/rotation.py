"""Rules about the rotation: who starts it, what it may do, and who learns that it failed."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

from rotation.proof import PATIENCE_S, TIMEOUT_S
from tests.template.cloudformation import ROOT, ROTATION, Stack
from tests.template.rules.registry import listed, rule
from tests.template.rules.signals import alarms, watched

FUNCTION = "RotateApiKeyFunction"
FUNCTION_ARN = f"arn:aws:lambda:us-east-1:111122223333:function:{FUNCTION}"
ROLE_ARN = "arn:aws:iam::111122223333:role/minting-RotateApiKeyRole"
ADMIN_API_KEY = "arn:aws:secretsmanager:us-east-1:111122223333:secret:AdminApiKey-AbCdEf"
# Source: "AWS CloudTrail entries for Secrets Manager", its User Guide; without RotationStarted and
# RotationSucceeded, which nobody has to act on.
FAILURES = {"RotationFailed", "RotationAbandoned", "TestRotationFailed"}
DAY_S = 86_400
# Lambda itself uses them in the role's name.
_LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")
# What the four steps ask Secrets Manager about the secret that they rotate.
_STEPS = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
_FILTER = re.compile(r'\{ \$\.message = "(\w+)" && \$\.service = "\*" \}')


@rule(ROTATION)
def the_key_is_rotated_as_often_as_asked_for(stack: Stack) -> Iterator[str]:
    schedules = stack.of_type("AWS::SecretsManager::RotationSchedule").values()
    secrets = [schedule.get("SecretId") for schedule in schedules]
    if secrets != [stack.parameters["OpenAIApiKeyArn"]]:
        yield f"what is rotated is {secrets}"
    interval = {"AutomaticallyAfterDays": stack.parameters["RotationDays"]}
    for schedule in schedules:
        if schedule.get("RotationLambdaARN") != FUNCTION_ARN:
            yield f"it is rotated by {schedule.get('RotationLambdaARN')}"
        if schedule.get("RotationRules") != interval:
            yield f"it is rotated by {schedule.get('RotationRules')}"


@rule(ROTATION)
def a_deployment_never_rotates(stack: Stack) -> Iterator[str]:
    for name, schedule in stack.of_type("AWS::SecretsManager::RotationSchedule").items():
        # Left out, it is true.
        if schedule.get("RotateImmediatelyOnUpdate") is not False:
            yield f"{name} rotates when it is made or changed"


@rule(ROTATION)
def secrets_manager_alone_may_invoke_the_rotation(stack: Stack) -> Iterator[str]:
    permissions = stack.of_type("AWS::Lambda::Permission")
    expected = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": FUNCTION,
        "Principal": "secretsmanager.amazonaws.com",
        "SourceAccount": "111122223333",
        "SourceArn": stack.parameters["OpenAIApiKeyArn"],
    }
    if expected not in permissions.values():
        yield "Secrets Manager may not rotate the key"
    for name, permission in permissions.items():
        if permission != expected:
            yield f"{name} lets somebody else in"
    for name, resource in stack.resources.items():
        if resource["Type"] != "AWS::SecretsManager::RotationSchedule":
            continue
        if not permissions.keys() & set(listed(resource.get("DependsOn"))):
            yield f"{name} may be made before Secrets Manager may invoke the function"


@rule(ROTATION)
def the_rotation_may_do_what_its_steps_need_and_no_more(stack: Stack) -> Iterator[str]:
    groups = stack.of_type("AWS::Logs::LogGroup").values()
    logs = [f"arn:aws:logs:us-east-1:111122223333:log-group:{g['LogGroupName']}:*" for g in groups]
    needed = {(f"secretsmanager:{step}", stack.parameters["OpenAIApiKeyArn"]) for step in _STEPS}
    needed |= {("secretsmanager:GetSecretValue", ADMIN_API_KEY), *product(_LOGGING, logs)}
    allowed = set()
    for role in stack.of_type("AWS::IAM::Role").values():
        [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
        if listed(trusted["Principal"]) != ["lambda.amazonaws.com"]:
            yield f"{trusted['Principal']} may do what the rotation may"
        for statement in _statements(role):
            pairs = product(listed(statement.get("Action")), listed(statement.get("Resource")))
            # A bare star is `no_statement_has_a_bare_star`'s business.
            allowed |= {pair for pair in pairs if "*" not in pair[0] and pair[1] != "*"}
    yield from (f"it may not {action} on {target}" for action, target in needed - allowed)
    yield from (f"it may {action} on {target}" for action, target in allowed - needed)


@rule(ROTATION)
def the_function_outwaits_a_new_key(stack: Stack) -> Iterator[str]:
    timeout_s = stack.of_type("AWS::Lambda::Function")[FUNCTION].get("Timeout", 3)
    if timeout_s <= PATIENCE_S + TIMEOUT_S:
        yield f"{timeout_s} s do not do for a key that OpenAI knows after {PATIENCE_S} s"


@rule(ROTATION)
def only_the_rotation_reads_the_admin_key(stack: Stack) -> Iterator[str]:
    policies = [
        resource
        for resource in stack.resources.values()
        if resource["Type"] == "AWS::SecretsManager::ResourcePolicy"
        and resource["Properties"]["SecretId"] == ADMIN_API_KEY
    ]
    if len(policies) != 1:
        yield f"the admin key has {len(policies)} policies"
    for policy in policies:
        if {policy.get("DeletionPolicy"), policy.get("UpdateReplacePolicy")} != {"Retain"}:
            yield "the admin key outlives what protects it"
        if policy["Properties"].get("BlockPublicPolicy") is not True:
            yield "the admin key may be made public"
        expected = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": ADMIN_API_KEY,
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ROLE_ARN}},
        }
        if policy["Properties"]["ResourcePolicy"]["Statement"] != [expected]:
            yield "somebody else may read the admin key, or the rotation may not"


@rule(ROTATION)
def failed_rotations_are_seen(stack: Stack) -> Iterator[str]:
    rules = stack.of_type("AWS::Events::Rule")
    for name, event_rule in rules.items():
        if not _matches_failures_of(stack.parameters["OpenAIApiKeyArn"], event_rule):
            yield f"{name} matches other events"
        if event_rule.get("EventBusName", "default") != "default":
            yield f"{name} is not on the bus that AWS's own events come by"
        if event_rule.get("State", "ENABLED") == "DISABLED":
            yield f"{name} is off"
    # Whether a metric is of this stack is `alarms_watch_what_exists`'s business.
    seen = {metric[:2] for alarm in alarms(stack).values() for metric in watched(alarm)}
    if not rules or ("AWS/Events", "TriggeredRules") not in seen:
        yield "no alarm is raised where a rotation fails"
    if ("AWS/Lambda", "Errors") not in seen:
        yield "no alarm is raised where there is no trail"


@rule(ROTATION)
def one_failure_is_enough_to_raise_an_alarm(stack: Stack) -> Iterator[str]:
    for name, alarm in alarms(stack).items():
        expected = {
            "Statistic": "Sum",
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "DatapointsToAlarm": 1,
        }
        if not expected.items() <= alarm.items():
            yield f"{name} is not raised by one"
        period_s = alarm.get("Period", 0)
        span_s = period_s * alarm.get("EvaluationPeriods", 0)
        # A week is what CloudWatch looks back at most, and a day with periods below an hour.
        if not DAY_S <= span_s <= (7 * DAY_S if period_s >= 3600 else DAY_S):
            yield f"{name} stays raised for {span_s} s"


@rule(ROTATION)
def failures_are_kept_as_evidence(stack: Stack) -> Iterator[str]:
    queues = stack.of_type("AWS::SQS::Queue")
    arns = {f"arn:aws:sqs:us-east-1:111122223333:minting-{name}" for name in queues}
    for name, queue in queues.items():
        if queue.get("MessageRetentionPeriod") != 14 * DAY_S:
            yield f"{name} keeps events for less than 14 days"
        if queue.get("SqsManagedSseEnabled") is not True:
            yield f"{name} keeps events in the clear"
    for name, event_rule in stack.of_type("AWS::Events::Rule").items():
        targets = {target["Arn"] for target in event_rule.get("Targets", ())}
        if not targets or targets - arns:
            yield f"{name} tells {targets or 'nobody'}"
        expected = [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": target,
                "Condition": {"ArnEquals": {"aws:SourceArn": _event_rule_arn(name)}},
            }
            for target in arns
        ]
        policies = stack.of_type("AWS::SQS::QueuePolicy").values()
        if [each for p in policies for each in p["PolicyDocument"]["Statement"]] != expected:
            yield f"{name} may not write to its queue, or somebody else may"


@rule(ROTATION)
def the_filter_matches_a_line_that_is_logged(stack: Stack) -> Iterator[str]:
    function = stack.of_type("AWS::Lambda::Function")[FUNCTION]
    for name, metric_filter in stack.of_type("AWS::Logs::MetricFilter").items():
        pattern = _FILTER.fullmatch(metric_filter.get("FilterPattern", ""))
        if pattern is None or f'"{pattern[1]}"' not in _sources():
            yield f"{name} waits for {metric_filter.get('FilterPattern')}"
        log = function.get("LoggingConfig", {}).get("LogGroup")
        # A function without a log group is `every_function_has_a_log_group`'s business.
        if log is not None and metric_filter.get("LogGroupName") != log:
            yield f"{name} reads another log than the function's"
        dimensions = [made.get("Dimensions") for made in metric_filter["MetricTransformations"]]
        if dimensions != [[{"Key": "service", "Value": "$.service"}]]:
            yield f"{name} counts for every stack of the account"
    # A variable that is missing is `the_variables_are_those_that_are_read`'s business.
    if function["Environment"]["Variables"].get("SERVICE_NAME", "minting") != "minting":
        yield "the log names another stack than the alarm waits for"


@cache
def _sources() -> str:
    """The text of the package that rotates."""
    return "".join(
        path.read_text() for path in sorted((ROOT / "layers/realtime/rotation").glob("*.py"))
    )


def _matches_failures_of(secret_arn: str, event_rule: dict[str, Any]) -> bool:
    pattern = event_rule["EventPattern"]
    detail = pattern.get("detail", {})
    names = set(detail.get("eventName", ()))
    return {**pattern, "detail": {**detail, "eventName": names}} == {
        "source": ["aws.secretsmanager"],
        "detail-type": ["AWS Service Event via CloudTrail"],
        "detail": {
            "eventSource": ["secretsmanager.amazonaws.com"],
            "eventName": FAILURES,
            "additionalEventData": {"SecretId": [secret_arn]},
        },
    }


def _statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role.get("Policies", ()):
        yield from policy["PolicyDocument"]["Statement"]


def _event_rule_arn(name: str) -> str:
    return f"arn:aws:events:us-east-1:111122223333:rule/minting-{name}"
