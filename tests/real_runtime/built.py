"""What the suite runs: the function as it is built, and what Lambda's image holds beside it.

`python -m tests.real_runtime.built` makes both; the pool does so by itself, and a second time it
takes no time. Without a python3.13 everything is made for the interpreter at hand.
"""

import fcntl
import functools
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from layers.build import DEPLOYED_PYTHON, BuildError, assemble, find_python
from local.lifeline import ROOT

FOLDER = ROOT / ".build" / "real_runtime"
ARCH = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
SOURCES = ("layers", "functions/client_secrets", "functions/rotate_api_key")


@dataclass(frozen=True)
class Built:
    """The built function and its runtime.

    Attributes:
        function: Its code, `/var/task` in Lambda.
        rotation: The code of the function that rotates the API key.
        layers: Its layers' `python/` folders, in the order of the path.
        python: The interpreter with the runtime client and boto3.
        emulator: AWS's runtime interface emulator, for this machine.
        version: Python's, "3.13" as deployed wherever there is one.
    """

    function: Path
    rotation: Path
    layers: tuple[Path, ...]
    python: Path
    emulator: Path
    version: str


@functools.cache
def built() -> Built:
    """Build whatever is missing or older than its sources.

    Raises:
        BuildError: A part cannot be made; says why.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    version, python = _interpreter()
    with (FOLDER / ".lock").open("w") as lock:
        # Two test runs at once would build into the same folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = _code(version, python)
        runtime = _environment("runtime", f".build/runtime-{version}", python)
        sam = _environment("sam", ".build/sam", Path(sys.executable))
    (emulator,) = sam.glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{ARCH}")
    return Built(
        function=code / "function",
        rotation=code / "rotation",
        layers=(code / "dependencies" / "python", code / "realtime" / "python"),
        python=runtime / "bin" / "python",
        emulator=emulator,
        version=version,
    )


def _interpreter() -> tuple[str, Path]:
    try:
        return DEPLOYED_PYTHON, find_python(DEPLOYED_PYTHON)
    except BuildError:
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        return here, find_python(here)


def _code(version: str, python: Path) -> Path:
    folder = FOLDER / f"{ARCH}-{version}"
    note = folder / ".sources"
    digest = _digest()
    if not note.exists() or note.read_text() != digest:
        assemble(folder, arch=ARCH, python=python, version=version)
        note.write_text(digest)
    return folder


def _digest() -> str:
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _environment(group: str, folder: str, python: Path) -> Path:
    """A virtual environment with the packages of `locks/<group>.txt`."""
    command = [str(ROOT / "local" / "setup.sh"), group, folder]
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables["PYTHON"] = str(python)
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(done.stderr.strip())
    return ROOT / folder


if __name__ == "__main__":
    print(f"{built().function.parent} for Python {built().version}")
