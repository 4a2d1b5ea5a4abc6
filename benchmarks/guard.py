"""`make bench-check`: what a cold start imports, and how large the layers are, as it is on file.

Absolute times tell nothing from machine to machine; what they are made of does. A change of either
file belongs into review: `python -m benchmarks.guard --write` makes it.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from layers.build import DEPLOYED_PYTHON
from local.lifeline import ROOT
from tests.real_runtime.built import Built, built
from tests.real_runtime.neighbours import Neighbours
from tests.real_runtime.pool import Pool

FOLDER = ROOT / "benchmarks"
MODULES, SIZES = FOLDER / "cold_start_modules.txt", FOLDER / "layer_sizes.txt"
EVENT = ROOT / "events" / "realtime.json"
# Bytecode differs between versions of Python, the one compiled file between processors.
TOLERANCE = 0.12
MOST_MB = {"dependencies": 18.0, "realtime": 1.0}
# Python's start-up and the probe itself.
_NOT_OURS = ("__main__", "app", "first_request", "sitecustomize", "usercustomize")


def imported() -> list[str]:
    """The modules that are there once the first request is answered.

    Raises:
        RuntimeError: It was not answered, or left the environment in no state to answer more.
    """
    with Neighbours() as neighbours:
        environment = neighbours.environment()
        handler = "first_request.lambda_handler"
        with Pool(environment=environment, handler=handler, path=[FOLDER / "probes"]) as pool:
            found = pool.invoke(json.loads(EVENT.read_text())).payload
    if found.get("status") != 200 or not found["collects_garbage"]:
        raise RuntimeError(f"the first request was not answered: {found}")
    return [name for name in found["modules"] if name not in _NOT_OURS]


def differences(found: Iterable[str], listed: Iterable[str], *, version: str) -> list[str]:
    """`+ module` for each that is new, `- module` for each that is gone."""
    now, before = set(found), set(listed)
    if version != DEPLOYED_PYTHON:
        # The standard library of another Python imports other parts of itself.
        now, before = _third_party(now), _third_party(before)
    return [f"+ {name}" for name in sorted(now - before)] + [
        f"- {name}" for name in sorted(before - now)
    ]


def _third_party(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] not in sys.stdlib_module_names}


def sizes(of: Built) -> dict[str, float]:
    """MB of each layer, `layer`, and of each package in it, `layer/package`."""
    found: Counter[str] = Counter()
    for site in of.layers:
        layer = site.parent.name
        for path in (path for path in site.rglob("*") if path.is_file()):
            first, *_, last = path.relative_to(site).parts * 2
            # `urllib3/…`, `urllib3-2.8.0.dist-info/…`, and bytecode of a single file's module.
            package = re.split(r"[-.]", last if first == "__pycache__" else first)[0]
            for name in (layer, f"{layer}/{package}"):
                found[name] += path.stat().st_size
    return {name: round(size / 1e6, 3) for name, size in sorted(found.items())}


def grown(found: dict[str, float], listed: dict[str, float]) -> list[str]:
    """Each layer or package that is not as large as listed."""
    return [
        f"{name}: {listed.get(name, 0):.3f} MB -> {found.get(name, 0):.3f} MB"
        for name in sorted(found.keys() | listed.keys())
        if abs(found.get(name, 0) - listed.get(name, 0)) > TOLERANCE * listed.get(name, 0)
    ]


def listed_modules() -> list[str]:
    """The modules on file."""
    return MODULES.read_text().split()


def listed_sizes() -> dict[str, float]:
    """The sizes on file."""
    rows = (line.split() for line in SIZES.read_text().splitlines())
    return {name: float(size) for name, size, _ in rows}


def _write(modules: list[str], found: dict[str, float]) -> None:
    Path(MODULES).write_text("\n".join(modules) + "\n")
    Path(SIZES).write_text("".join(f"{name} {size:.3f} MB\n" for name, size in found.items()))


def main() -> int:
    """Compare, or with `--write` note what is; 1 when something differs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="take what is for what shall be")
    is_write = arguments.parse_args().write
    modules, found = imported(), sizes(built())
    if is_write:
        _write(modules, found)
    problems = differences(modules, listed_modules(), version=built().version)
    problems += grown(found, listed_sizes())
    problems += [
        f"{name}: {found[name]} MB, more than {most}"
        for name, most in MOST_MB.items()
        if found[name] > most
    ]
    sys.stdout.write("".join(f"{each}\n" for each in problems))
    sys.stdout.write(
        f"{len(modules)} modules in a cold start; dependencies {found['dependencies']} MB, "
        f"ours {found['realtime']} MB\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
