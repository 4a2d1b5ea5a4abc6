"""The deployed stack that samconfig.toml names, the one that rotates its key, and their Outputs."""

import argparse
import os
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

SAMCONFIG = Path(__file__).resolve().parents[1] / "samconfig.toml"
# What the name of the stack that rotates has after that of the stack that mints.
ROTATION = "-rotation"


class StackError(Exception):
    """The stack cannot be found or used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack.

    Attributes:
        name: CloudFormation's.
        region: Where it is.
        outputs: Name to value.
        session: AWS credentials and region, as every AWS SDK finds them.
        parameters: Name to value, as it was deployed.
    """

    name: str
    region: str
    outputs: Mapping[str, str]
    session: boto3.Session
    parameters: Mapping[str, str] = field(default_factory=dict)

    def output(self, name: str) -> str:
        """The value of an Output.

        Raises:
            StackError: There is none of this name.
        """
        if name not in self.outputs:
            raise StackError(
                f"Stack {self.name} has no Output {name}: it is too old and has to be deployed "
                "anew, or STACK= names the wrong one."
            )
        return self.outputs[name]


def arguments(description: str) -> argparse.Namespace:
    """The options all operators' commands share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--config-env", default="default", help="table of samconfig.toml (make: ENV=…)"
    )
    return parser.parse_args()


def find(config_env: str, env: Mapping[str, str] = os.environ) -> Stack:
    """Look the stack that mints up.

    Args:
        config_env: A table of samconfig.toml; `STACK` in *env* overrules its stack name.
        env: Where `STACK` is looked for.

    Raises:
        StackError: No such table or stack, or AWS cannot be asked.
    """
    name, session = place(config_env, env)
    stack = look_up(session, name)
    if stack is None:
        raise StackError(
            f"Stack {name} in {session.region_name} does not exist: `make deploy` makes it, "
            "ENV= or STACK= names another."
        )
    return stack


def find_rotation(config_env: str, env: Mapping[str, str] = os.environ) -> Stack:
    """Look the stack up that rotates the key of the one that `find` finds; raises as it does."""
    minting, session = place(config_env, env)
    stack = look_up(session, minting + ROTATION)
    if stack is None:
        raise StackError(
            f"There is no stack {minting}{ROTATION} in {session.region_name}: "
            f"`make deploy-rotation PROJECT=proj_…` makes it, to rotate the key of {minting}."
        )
    return stack


def place(config_env: str, env: Mapping[str, str] = os.environ) -> tuple[str, boto3.Session]:
    """The name of the stack that mints, and a session in its region, as `find` finds them.

    Raises:
        StackError: There is no such table, or none of name and region.
    """
    parameters = parameters_of(config_env)
    name = env.get("STACK") or parameters.get("stack_name")
    if not name:
        raise StackError(f"samconfig.toml has no stack_name for {config_env!r}. Set STACK=…")
    session = boto3.Session(region_name=parameters.get("region"))
    if not session.region_name:
        raise StackError("No AWS region: set AWS_REGION, or region in samconfig.toml.")
    return name, session


def look_up(session: boto3.Session, name: str) -> Stack | None:
    """The stack of this name; None where nothing was ever deployed.

    Raises:
        StackError: AWS cannot be asked.
    """
    try:
        answer = session.client("cloudformation").describe_stacks(StackName=name)
    except (BotoCoreError, ClientError) as exc:
        # CloudFormation has no code of its own for a stack that is not there.
        if _code(exc) == "ValidationError":
            return None
        raise StackError(f"Stack {name} in {session.region_name}: {exc}") from exc
    found = answer["Stacks"][0]
    # A change set that was not executed: a name, and nothing behind it.
    if found["StackStatus"] == "REVIEW_IN_PROGRESS":
        return None
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    parameters = {
        each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])
    }
    return Stack(name, session.region_name, outputs, session, parameters)


def _code(exc: BotoCoreError | ClientError) -> str | None:
    return exc.response["Error"].get("Code") if isinstance(exc, ClientError) else None


def run(command: Callable[[], None]) -> None:
    """Run *command*, a function without arguments; a `StackError` or Ctrl-C is one line."""
    try:
        command()
    except StackError as exc:
        sys.exit(str(exc))
    except KeyboardInterrupt:
        sys.exit("\nStopped; nothing was changed.")


def parameters_of(config_env: str) -> dict[str, Any]:
    """What samconfig.toml says to `sam deploy` in the table *config_env*.

    Raises:
        StackError: There is no such table.
    """
    tables = tomllib.loads(SAMCONFIG.read_text())
    if config_env not in tables:
        known = ", ".join(name for name in tables if name != "version")
        raise StackError(f"samconfig.toml has no table {config_env!r}; it has {known}.")
    parameters: dict[str, Any] = tables[config_env].get("deploy", {}).get("parameters", {})
    return parameters
