"""Deploys the stack that rotates the OpenAI key: says what it will do, builds, runs `sam deploy`.

Its name and what it shares with the stack that mints come from there. A parameter that is named
nowhere keeps the value it had.
"""

import argparse
import re
import sys

from deploy import sam
from deploy.stack import ROTATION, SAMCONFIG, Stack, StackError, find, look_up, run
from local.template import read_template

TEMPLATE = sam.TEMPLATES["rotation"]
PROJECT = "OpenAIProjectId"
# Parameters of both templates that mean the same in both.
SHARED = ("OpenAIBaseUrl", "AlarmTopicArn", "LogRetentionDays")
# `sam` looks for samconfig.toml beside the template, and this one is not where that is.
FLAGS = (
    *("--config-file", str(SAMCONFIG)),
    *("--template-file", str(sam.BUILT["rotation"])),
    *("--capabilities", "CAPABILITY_IAM"),
)


def parameters_for(minting: Stack, project: str, given: str, *, is_first: bool) -> dict[str, str]:
    """Parameters by name: what *minting* says, and *project*, overruled by *given* (`A=b C=d`).

    Raises:
        StackError: The project is missing or cannot be one; or *given* has no parameters.
    """
    parameters = {"OpenAIApiKeyArn": minting.output("OpenAIApiKeyArn")}
    parameters |= {PROJECT: project} if project else {}
    parameters |= {name: minting.parameters[name] for name in SHARED if name in minting.parameters}
    parameters |= sam.parameters_in(given.split(), TEMPLATE)
    if PROJECT in parameters:
        constraint = read_template(TEMPLATE)["Parameters"][PROJECT]
        if not re.fullmatch(constraint["AllowedPattern"], parameters[PROJECT]):
            # Not shown: a key of the project's begins with sk-proj-.
            raise StackError(f"PROJECT {constraint['ConstraintDescription']}.")
    elif is_first:
        raise StackError(
            "PROJECT is missing, the OpenAI project that the keys are made in: "
            "make deploy-rotation PROJECT=proj_…"
        )
    return parameters


def consequences(minting: Stack, *, is_first: bool) -> list[str]:
    """What the deployment means for the key."""
    if is_first:
        return [
            "It is new: a function, a secret for an admin key, and a schedule for the key of "
            f"{minting.name}.",
            "No key is changed by that. Without an admin key a rotation fails, and changes none.",
        ]
    return ["No key is changed by that: the next rotation is the first of the new function's."]


def main() -> None:
    """Say it, build, deploy; after the first time, say what comes next."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config-env", default="default", help="table of samconfig.toml (ENV=…)")
    parser.add_argument("--project", default="", metavar="proj_…", help="OpenAI's (PROJECT=…)")
    parser.add_argument("--parameters", default="", metavar="'A=b C=d'", help="(PARAMETERS=…)")
    parser.add_argument("--dry-run", action="store_true", help="say it, and do nothing")
    options = parser.parse_args()
    minting = find(options.config_env)
    session, name = minting.session, minting.name + ROTATION
    is_first = look_up(session, name) is None
    parameters = parameters_for(minting, options.project, options.parameters, is_first=is_first)
    lines = sam.intention(session, name, parameters)
    lines += consequences(minting, is_first=is_first)
    print("\n".join(lines), file=sys.stderr)
    line = sam.command(options.config_env, name, parameters, flags=FLAGS)
    if options.dry_run:
        return
    sam.build_and_deploy("rotation", line, region=minting.region)
    deployed = look_up(session, name)
    if deployed is None:
        raise StackError("Not deployed: the change set was not confirmed.")
    print("Deployed.")
    if is_first:
        print("Now: make put-admin-key, then make rotation-check, and when all is fine:")
        print(deployed.output("RotateNowCommand"))


if __name__ == "__main__":
    run(main)
