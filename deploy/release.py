"""Deploys this tree: says what it will do, builds, and runs `sam deploy`.

A parameter that is named nowhere keeps the value it had; `Rollout` alone falls back to the canary,
so that skipping it once does not skip it for ever.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

from deploy import sam
from deploy.stack import look_up, parameters_of, place, run

CANARY = "Canary10Percent5Minutes"


def overrides(configured: Sequence[str], given: str) -> dict[str, str]:
    """Parameters by name: those of samconfig.toml, overruled by *given* (`A=b C=d`).

    Raises:
        StackError: One of them is no pair, or no parameter.
    """
    pairs = [*configured, *given.split()]
    return {"Rollout": CANARY} | sam.parameters_in(pairs, sam.TEMPLATES["main"])


def consequences(parameters: Mapping[str, str], *, is_first: bool) -> list[str]:
    """What the deployment means for callers."""
    if is_first:
        return [
            "It is new. Its alias takes all traffic at once; until `make put-key` it answers 503."
        ]
    if parameters["Rollout"] == CANARY:
        return [
            "A new version gets a tenth of the traffic for 5 minutes, then all of it.",
            "It is rolled back when it crashes or fails; Ctrl-C here does not stop it.",
        ]
    return ["A new version gets all traffic at once; nothing is tried out first."]


def main() -> None:
    """Say it, build, deploy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config-env", default="default", help="table of samconfig.toml (ENV=…)")
    parser.add_argument("--parameters", default="", metavar="'A=b C=d'", help="(PARAMETERS=…)")
    parser.add_argument("--dry-run", action="store_true", help="say it, and do nothing")
    options = parser.parse_args()
    configured = parameters_of(options.config_env)
    parameters = overrides(configured.get("parameter_overrides", []), options.parameters)
    name, session = place(options.config_env)
    is_first = look_up(session, name) is None
    lines = sam.intention(session, name, parameters)
    lines += consequences(parameters, is_first=is_first)
    print("\n".join(lines), file=sys.stderr)
    line = sam.command(options.config_env, name, parameters)
    if options.dry_run:
        return
    sam.build_and_deploy("main", line, region=session.region_name)
    print("Deployed." + (" Now: make put-key, then make call." if is_first else ""))


if __name__ == "__main__":
    run(main)
