"""Deletes the deployed stack, and says what stays: the key, the pepper and the counts."""

import argparse
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from deploy.stack import Stack, StackError, find, run
from local.template import read_template

# How a kept resource is removed; a rule of the template's tests keeps all of these.
_REMOVING = {
    "AWS::SecretsManager::Secret": "aws secretsmanager delete-secret --secret-id",
    "AWS::DynamoDB::Table": "aws dynamodb delete-table --table-name",
}


def kept(stack: Stack) -> dict[str, str]:
    """Logical id of each resource that outlives the stack, and the command that removes it.

    Raises:
        StackError: AWS cannot be asked.
    """
    retained = {
        name: resource["Type"]
        for name, resource in read_template()["Resources"].items()
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
        if name in retained and physical:
            commands[name] = f"{_REMOVING[retained[name]]} {physical} --region {stack.region}"
    return commands


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
    staying = kept(stack)
    print(f"The stack {stack.name} in {stack.region} is going to be deleted: the endpoint,")
    print("its functions, logs and alarms. Callers get no answer from then on.")
    print("These stay, and are paid for, until you remove them:")
    for name, command in staying.items():
        print(f"  {name}\n    {command}")
    print("Without this SafetyPepper nobody has the same name for OpenAI again: whom OpenAI has")
    print(
        "blocked is let in. Another deployment makes another one; docs/operations.md.", flush=True
    )
    if not options.yes and ask(f"Type {stack.name} to delete it: ").strip() != stack.name:
        raise StackError("Nothing was deleted.")
    delete(stack)
    print("Deleted.")


if __name__ == "__main__":
    try:
        run(main)
    except EOFError:
        sys.exit("Nothing was deleted: there is nobody to ask. ARGS=--yes does not ask.")
