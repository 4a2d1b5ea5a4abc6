"""What every deployment does: judge parameters, say what will happen, build, run `sam deploy`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deploy.stack import StackError
from layers.build import ROOT, SAM, STACKS
from local.template import read_template

TEMPLATES = {kind: ROOT / template for kind, (template, _) in STACKS.items()}
BUILT = {kind: ROOT / folder / "template.yaml" for kind, (_, folder) in STACKS.items()}


def parameters_in(pairs: Iterable[str], template: Path) -> dict[str, str]:
    """Parameters by name, from `A=b`; a later one overrules.

    Raises:
        StackError: One is no pair, or no parameter of *template*: those `sam` passes over.
    """
    known = read_template(template)["Parameters"]
    parameters = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise StackError(f"PARAMETERS are pairs such as LogRetentionDays=7, not {pair!r}.")
        if name not in known:
            raise StackError(
                f"{template.name} has no parameter {name!r}; it has {', '.join(known)}."
            )
        parameters[name] = value
    return parameters


def intention(session: boto3.Session, name: str, parameters: Mapping[str, str]) -> list[str]:
    """What is going to be deployed, and where to.

    Raises:
        StackError: AWS cannot be asked.
    """
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"Nothing was deployed: {exc}") from exc
    return [
        f"Deploying this tree to the stack {name} in {session.region_name}, account {account}.",
        *(f"  {key}={value}" for key, value in parameters.items()),
    ]


def command(
    config_env: str, name: str, parameters: Mapping[str, str], *, flags: Sequence[str] = ()
) -> list[str]:
    """The `sam` command line.

    Args:
        config_env: A table of samconfig.toml. All its options hold but those given here.
        name: The stack's.
        parameters: None of the table's hold where there are any.
        flags: Further options.

    Raises:
        StackError: There is no SAM CLI.
    """
    sam = os.environ.get("SAM") or (str(SAM) if SAM.exists() else shutil.which("sam"))
    if not sam:
        raise StackError("The SAM CLI is missing: run `make setup`.")
    # It takes no pair without a value.
    pairs = [f"{key}={value}" if value else f'{key}=""' for key, value in parameters.items()]
    line = [sam, "deploy", "--config-env", config_env, "--stack-name", name, *flags]
    return [*line, "--parameter-overrides", *pairs]


def build_and_deploy(kind: str, line: Sequence[str], *, region: str) -> None:
    """Build the stack *kind* (`main`, `rotation`), then run *line*.

    Raises:
        StackError: One of the two failed.
    """
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_REGION": region}
    building = [sys.executable, str(ROOT / "layers/build.py"), "--sam", kind]
    try:
        for step in (building, line):
            if subprocess.run(step, cwd=ROOT, env=environment, check=False).returncode != 0:
                raise StackError("Not deployed; the lines above say why.")
    except KeyboardInterrupt:
        raise StackError("Stopped. What CloudFormation had begun, it finishes.") from None
