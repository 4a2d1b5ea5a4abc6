"""What takes part: our function as it is built, and the handlers others would write.

Every contender runs on the same Python, runtime client and boto3, and has its packages in a layer
of its own. Each is there twice: with the bytecode of our recipe, and without, as `sam build` ships.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from local.lifeline import ROOT
from tests.real_runtime.built import Built, built

SOURCES = ROOT / "benchmarks" / "contenders"
FOLDER = ROOT / ".build" / "bench"
MANY = 1_000_000
# Limits that no run reaches: every request is counted, none refused.
WITH_QUOTA = {"QuotaPerMinute": MANY, "QuotaPerDay": MANY, "QuotaPerStackPerDay": MANY}


@dataclass(frozen=True)
class Contender:
    """A handler, and what it runs with.

    Attributes:
        name: In the table.
        built: Its code.
        with_bytecode: Whether its code and layers hold `.pyc` files.
        parameters: Of template.yaml, for its environment.
    """

    name: str
    built: Built
    with_bytecode: bool
    parameters: Mapping[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name with the kind of build."""
        return f"{self.name}, {'with' if self.with_bytecode else 'no'} bytecode"


def contenders() -> list[Contender]:
    """Everybody who takes part, built.

    Raises:
        BuildError: A part of ours cannot be made.
        CalledProcessError: pip or the compiler fails.
    """
    ours = built()
    plain = _contender("plain", layer="plain", of=ours)
    counting = _contender("plain_with_quota", layer="plain", of=ours)
    sdk = _contender("official_sdk", layer="official_sdk", of=ours)
    compiled = [
        Contender("ours", ours, with_bytecode=True),
        Contender("SDK", sdk, with_bytecode=True),
        Contender("plain", plain, with_bytecode=True),
        Contender("ours + quota", ours, with_bytecode=True, parameters=WITH_QUOTA),
        Contender("plain + quota", counting, with_bytecode=True),
    ]
    return [*compiled, *(_without_bytecode(each) for each in compiled[:3])]


def _contender(name: str, *, layer: str, of: Built) -> Built:
    """A handler of SOURCES with a compiled layer; made anew when its lock changes."""
    function, packages = FOLDER / name / "function", FOLDER / layer / "python"
    lock = SOURCES / layer / "requirements.txt"
    note = packages.parent / ".lock"
    digest = hashlib.sha256(lock.read_bytes() + str(of.python).encode()).hexdigest()
    if not note.exists() or note.read_text() != digest:
        shutil.rmtree(packages, ignore_errors=True)
        _pip(of.python, lock, packages)
        _compile(of.python, packages)
        note.write_text(digest)
    shutil.rmtree(function, ignore_errors=True)
    function.mkdir(parents=True)
    shutil.copy(SOURCES / name / "app.py", function)
    _compile(of.python, function)
    return replace(of, function=function, layers=(packages,))


def _pip(python: Path, lock: Path, into: Path) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--no-deps", "--no-compile", "--require-hashes", "--only-binary"]
    command += [":all:", "--target", str(into), "--requirement", str(lock)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _compile(python: Path, folder: Path) -> None:
    """The same bytecode as our recipe's."""
    mode = ["--invalidation-mode", "unchecked-hash"]
    subprocess.run([python, "-m", "compileall", "-q", *mode, folder], check=True)


def _without_bytecode(contender: Contender) -> Contender:
    """The same files without `.pyc`."""
    folder = FOLDER / f"{contender.name}-source"
    shutil.rmtree(folder, ignore_errors=True)
    parts = (contender.built.function, *contender.built.layers)
    copies = [folder / f"{number}-{part.name}" for number, part in enumerate(parts)]
    for part, copy in zip(parts, copies, strict=True):
        shutil.copytree(part, copy, ignore=shutil.ignore_patterns("__pycache__"))
    function, *layers = copies
    bare = replace(contender.built, function=function, layers=tuple(layers))
    return replace(contender, built=bare, with_bytecode=False)


def layer_mb(contender: Contender) -> float:
    """The unpacked size of all layers, MB."""
    files = [path for layer in contender.built.layers for path in layer.rglob("*")]
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6
