"""Deletes the deployed stack, and says what stays: the key, the pepper and the counts.

A stack that rotates is deleted before the one whose key it rotates; of it the admin key stays.
"""

import argparse
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from deploy.sam import TEMPLATES
from deploy.stack import ROTATION, Stack, StackError, find, look_up, run
from local.template import read_template

# How a kept resource is removed; a rule of each template's tests keeps all of these.
_REMOVING = {
    "AWS::SecretsManager::Secret": "aws secretsmanager delete-secret --secret-id",
    "AWS::DynamoDB::Table": "aws dynamodb delete-table --table-name",
    # Goes with its secret, and must not go before it.
    "AWS::SecretsManager::ResourcePolicy": None,
}


def kept(stack: Stack) -> dict[str, str]:
    """Logical id of each resource that outlives the stack, and the command that removes it.

    Raises:
        StackError: AWS cannot be asked.
    """
    removing = {
        name: _REMOVING[resource["Type"]]
        for template in TEMPLATES.values()
        for name, resource in read_template(template)["Resources"].items()
        if resource.get("DeletionPolicy") == "Retain"
    }
    try:
        pages = stack.session.client("cloudformation").get_paginator("list_stack_resources")
        found = [
            each
            for page in pages.paginate(StackName=stack.name)
            for each in page["StackResourceSummaries"]
        ]
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"Nothing was deleted: {exc}") from exc
    commands = {}
    for each in found:
        name, physical = each["LogicalResourceId"], each.get("PhysicalResourceId")
        command = removing.get(name)
        if command and physical:
            commands[name] = f"{command} {physical} --region {stack.region}"
    return commands


def refuse_while_rotated(stack: Stack, config_env: str) -> None:
    """Refuse to delete a stack whose key another one rotates.

    Raises:
        StackError: There is one, or AWS cannot be asked.
    """
    rotation = look_up(stack.session, stack.name + ROTATION)
    if rotation is not None:
        table = "" if config_env == "default" else f" ENV={config_env}"
        raise StackError(
            f"Nothing was deleted: {rotation.name} would go on rotating the key, which stays. "
            f"Delete it first: make delete{table} STACK={rotation.name}"
        )


def farewell(stack: Stack) -> tuple[list[str], list[str]]:
    """What is going to happen, and what to know of what stays."""
    where = f"The stack {stack.name} in {stack.region} is going to be deleted:"
    if not _rotates(stack):
        return [
            f"{where} the endpoint,",
            "its functions, logs and alarms. Callers get no answer from then on.",
        ], [
            "Without this SafetyPepper nobody has the same name for OpenAI again: whom OpenAI has",
            "blocked is let in. Another deployment makes another one; docs/operations.md.",
        ]
    days = stack.parameters.get("KeyLifetimeDays", "0")
    until = "" if days == "0" else f", {days} days from its making"
    return [
        f"{where} the rotation,",
        "its function, log and alarms. Callers notice nothing: the current key stays where it is,",
        f"and valid{until}. Nothing replaces it any more.",
    ], [
        "Nobody can read that secret any more, and another deployment makes another one. The admin",
        "key itself works until you delete it at OpenAI; docs/operations.md.",
    ]


def _rotates(stack: Stack) -> bool:
    # One that was never deployed as a whole has no Outputs.
    return stack.name.endswith(ROTATION) and "ClientSecretsFunctionName" not in stack.outputs


def delete(stack: Stack) -> None:
    """Delete the stack and wait until it is gone.

    Raises:
        StackError: AWS refused, or could not delete all of it.
    """
    client = stack.session.client("cloudformation")
    try:
        client.delete_stack(StackName=stack.name)
        client.get_waiter("stack_delete_complete").wait(StackName=stack.name)
    except WaiterError as exc:
        raise StackError(f"{stack.name} was not deleted as a whole: {exc}") from exc
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"Nothing was deleted: {exc}") from exc
    except KeyboardInterrupt:
        raise StackError("The deletion goes on in AWS; only the waiting has ended.") from None


def main(ask: Callable[[str], str] = input) -> None:
    """Say what goes and what stays, have it confirmed, delete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config-env", default="default", help="table of samconfig.toml (ENV=…)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args()
    stack = find(options.config_env)
    refuse_while_rotated(stack, options.config_env)
    staying = kept(stack)
    going, about_staying = farewell(stack)
    print("\n".join([*going, "These stay, and are paid for, until you remove them:"]))
    for name, command in staying.items():
        print(f"  {name}\n    {command}")
    print("\n".join(about_staying), flush=True)
    if not options.yes and ask(f"Type {stack.name} to delete it: ").strip() != stack.name:
        raise StackError("Nothing was deleted.")
    delete(stack)
    print("Deleted.")


if __name__ == "__main__":
    try:
        run(main)
    except EOFError:
        sys.exit("Nothing was deleted: there is nobody to ask. ARGS=--yes does not ask.")
