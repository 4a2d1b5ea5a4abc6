"""Deploys this tree: says what it will do, builds, and runs `sam deploy`.

A parameter that is named nowhere keeps the value it had; `Rollout` alone falls back to the canary,
so that skipping it once does not skip it for ever.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deploy.stack import StackError, parameters_of, run

ROOT = Path(__file__).resolve().parents[1]
CANARY = "Canary10Percent5Minutes"


def overrides(configured: Sequence[str], given: str) -> dict[str, str]:
    """Parameters by name: those of samconfig.toml, overruled by *given* (`A=b C=d`).

    Raises:
        StackError: One of them is no pair.
    """
    pairs = [*configured, *given.split()]
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise StackError(f"PARAMETERS are pairs such as Rollout=AllAtOnce, not {wrong[0]!r}.")
    return {"Rollout": CANARY} | dict(pair.split("=", 1) for pair in pairs)


def announcement(
    session: boto3.Session, name: str, parameters: Mapping[str, str]
) -> tuple[list[str], bool]:
    """What is going to happen, and whether it is a first deployment.

    Raises:
        StackError: AWS cannot be asked.
    """
    try:
        account = session.client("sts").get_caller_identity()["Account"]
        is_first = not _exists(session, name)
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"Nothing was deployed: {exc}") from exc
    lines = [
        f"Deploying this tree to the stack {name} in {session.region_name}, account {account}."
    ]
    lines += [f"  {key}={value}" for key, value in parameters.items()]
    if is_first:
        lines += [
            "It is new. Its alias takes all traffic at once; until `make put-key` it answers 503."
        ]
    elif parameters["Rollout"] == CANARY:
        lines += ["A new version gets a tenth of the traffic for 5 minutes, then all of it."]
        lines += ["It is rolled back when it crashes or fails; Ctrl-C here does not stop it."]
    else:
        lines += ["A new version gets all traffic at once; nothing is tried out first."]
    return lines, is_first


def command(config_env: str, name: str, parameters: Mapping[str, str]) -> list[str]:
    """The `sam` command line.

    Raises:
        StackError: There is no SAM CLI.
    """
    ours = ROOT / ".build/sam/bin/sam"
    sam = os.environ.get("SAM") or (str(ours) if ours.exists() else shutil.which("sam"))
    if not sam:
        raise StackError("The SAM CLI is missing: run `make setup`.")
    pairs = [f"{key}={value}" for key, value in parameters.items()]
    line = [sam, "deploy", "--config-env", config_env, "--stack-name", name]
    return [*line, "--parameter-overrides", *pairs]


def main() -> None:
    """Say it, build, deploy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config-env", default="default", help="table of samconfig.toml (ENV=…)")
    parser.add_argument("--parameters", default="", metavar="'A=b C=d'", help="(PARAMETERS=…)")
    parser.add_argument("--dry-run", action="store_true", help="say it, and do nothing")
    options = parser.parse_args()
    configured = parameters_of(options.config_env)
    name = os.environ.get("STACK") or configured["stack_name"]
    parameters = overrides(configured.get("parameter_overrides", []), options.parameters)
    session = boto3.Session(region_name=configured.get("region"))
    if not session.region_name:
        raise StackError("No AWS region: set AWS_REGION, or region in samconfig.toml.")
    lines, is_first = announcement(session, name, parameters)
    print("\n".join(lines), file=sys.stderr)
    line = command(options.config_env, name, parameters)
    if options.dry_run:
        return
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_REGION": session.region_name}
    try:
        for step in ([sys.executable, str(ROOT / "layers/build.py"), "--sam"], line):
            if subprocess.run(step, cwd=ROOT, env=environment, check=False).returncode != 0:
                raise StackError("Not deployed; the lines above say why.")
    except KeyboardInterrupt:
        raise StackError("Stopped. What CloudFormation had begun, it finishes.") from None
    print("Deployed." + (" Now: make put-key, then make call." if is_first else ""))


def _exists(session: boto3.Session, name: str) -> bool:
    try:
        session.client("cloudformation").describe_stacks(StackName=name)
    except ClientError as exc:
        if exc.response["Error"].get("Code") == "ValidationError":
            return False
        raise
    return True


if __name__ == "__main__":
    run(main)
