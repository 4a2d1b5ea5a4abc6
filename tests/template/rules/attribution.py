"""Rules about who minted what: pepper, counts, the secrets that may be read, and the queries."""

import re
from collections.abc import Iterator

from broker import quota_table
from tests.template.cloudformation import MAIN, Stack
from tests.template.rules.registry import listed, rule, statements


@rule(MAIN)
def the_pepper_is_made_once_and_stays(stack: Stack) -> Iterator[str]:
    pepper = stack.of_type("AWS::SecretsManager::Secret").get("SafetyPepper", {})
    if pepper.get("GenerateSecretString") != {"PasswordLength": 64, "ExcludePunctuation": True}:
        yield "SafetyPepper is made otherwise: CloudFormation would make a new value"
    if "SecretString" in pepper:
        yield "SafetyPepper stands in the template"
    for name, schedule in stack.of_type("AWS::SecretsManager::RotationSchedule").items():
        if "SafetyPepper" in str(schedule.get("SecretId")):
            yield f"{name} rotates SafetyPepper"


@rule(MAIN)
def counts_are_kept_as_they_are_written(stack: Stack) -> Iterator[str]:
    for name, table in stack.of_type("AWS::DynamoDB::Table").items():
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} has a fixed capacity"
        keys = [key["AttributeName"] for key in table.get("KeySchema", [])]
        if keys != [quota_table.KEY]:
            yield f"{name} has the key {keys}"
        expiry = table.get("TimeToLiveSpecification", {})
        if expiry != {"AttributeName": quota_table.EXPIRES_AT, "Enabled": True}:
            yield f"{name} keeps every day's counts for ever"


@rule(MAIN)
def a_function_reads_the_secrets_of_this_stack_alone(stack: Stack) -> Iterator[str]:
    own = re.compile(
        r"arn:aws:secretsmanager:us-east-1:111122223333:secret:(\w+-AbCdEf|minting/mcp/\*)"
    )
    for name, statement in statements(stack):
        # A bare star is `no_statement_has_a_bare_star`'s business.
        for target in set(listed(statement.get("Resource"))) - {"*"}:
            if "secretsmanager" in str(statement.get("Action")) and not own.fullmatch(target):
                yield f"{name} reads {target}"


@rule(MAIN)
def saved_queries_read_the_ledger(stack: Stack) -> Iterator[str]:
    groups = [group["LogGroupName"] for group in stack.of_type("AWS::Logs::LogGroup").values()]
    for name, query in stack.of_type("AWS::Logs::QueryDefinition").items():
        if not query.get("LogGroupNames") or not set(query["LogGroupNames"]) <= set(groups):
            yield f"{name} reads {query.get('LogGroupNames')}"
        if not query["Name"].startswith("minting/"):
            yield f"{name} would be another stack's as well"
