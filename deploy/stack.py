"""The deployed stack that samconfig.toml names, and its Outputs."""

import argparse
import os
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

SAMCONFIG = Path(__file__).resolve().parents[1] / "samconfig.toml"


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
    """

    name: str
    region: str
    outputs: Mapping[str, str]
    session: boto3.Session


def arguments(description: str) -> argparse.Namespace:
    """The options all operators' commands share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--config-env", default="default", help="table of samconfig.toml (make: ENV=…)"
    )
    return parser.parse_args()


def find(config_env: str, env: Mapping[str, str] = os.environ) -> Stack:
    """Look the stack up.

    Args:
        config_env: A table of samconfig.toml; `STACK` in *env* overrules its stack name.
        env: Where `STACK` is looked for.

    Raises:
        StackError: No such table or stack, or AWS cannot be asked.
    """
    parameters = parameters_of(config_env)
    name = env.get("STACK") or parameters.get("stack_name")
    if not name:
        raise StackError(f"samconfig.toml has no stack_name for {config_env!r}. Set STACK=…")
    session = boto3.Session(region_name=parameters.get("region"))
    if not session.region_name:
        raise StackError("No AWS region: set AWS_REGION, or region in samconfig.toml.")
    try:
        answer = session.client("cloudformation").describe_stacks(StackName=name)
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"Stack {name} in {session.region_name}: {exc}") from exc
    outputs = {
        output["OutputKey"]: output["OutputValue"]
        for output in answer["Stacks"][0].get("Outputs", [])
    }
    return Stack(name, session.region_name, outputs, session)


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
