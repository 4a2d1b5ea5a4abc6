"""Assembles what is deployed, or what runs here: the functions and their two layers, with bytecode.

    layers/build.py                        .build/arm64, as it is deployed
    layers/build.py --arch x86_64          .build/x86_64, for a machine of that kind
    layers/build.py --python 3.11          .build/<this machine>-3.11, without a python3.13
    layers/build.py --sam                  `sam build`: .aws-sam/build, ready for `sam deploy`
    layers/build.py --sam rotation         the same of template-rotation.yaml: .aws-sam/rotation

Each folder holds a folder for each function, `dependencies/python/` and `realtime/python/`. The
recipes are the Makefiles that SAM follows too; this script finds the interpreter and says what is
missing.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where `make setup` puts the SAM CLI.
SAM = ROOT / ".build/sam/bin/sam"
DEPLOYED_PYTHON = "3.13"
DEPLOYED_ARCH = "arm64"

# Folder in the result, folder of the source, target of its Makefile (`build-` and a logical id).
PARTS = (
    ("function", "functions/client_secrets", "build-ClientSecretsFunction"),
    ("console", "functions/console", "build-ConsoleFunction"),
    ("rotation", "functions/rotate_api_key", "build-RotateApiKeyFunction"),
    ("dependencies", "layers/dependencies", "build-DependenciesLayer"),
    ("realtime", "layers/realtime", "build-RealtimeLayer"),
)


# What `--sam` takes: the template, and where `sam deploy` is told to look for the result.
STACKS = {
    "main": ("template.yaml", ".aws-sam/build"),
    "rotation": ("template-rotation.yaml", ".aws-sam/rotation"),
}


class BuildError(Exception):
    """The build cannot go on; the message says what to do."""


def find_python(version: str) -> Path:
    """Find the interpreter *version* ("3.13"): this one, PATH, pyenv, uv.

    Raises:
        BuildError: There is none that starts and has pip.
    """
    for candidate in _candidates(version):
        if _is_python(candidate, version):
            return candidate
    raise BuildError(
        f"no python{version} with pip found on PATH, in pyenv or in uv. Install it (for example "
        f"`pyenv install {version}` or `uv python install {version}`), or build in a container: "
        "`sam build --use-container`."
    )


def assemble(into: Path, *, arch: str, python: Path, version: str) -> None:
    """Make *into* afresh: a folder for each of PARTS.

    Args:
        into: Replaced as a whole, and only when every part was made.
        arch: arm64 or x86_64, of the wheels; the bytecode is the same on both.
        python: Interpreter that compiles, of *version*.
        version: Python version that will run it, "3.13".

    Raises:
        BuildError: A part could not be made.
    """
    unfinished = into.with_name(f"{into.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for part, source, target in PARTS:
        started_at = time.monotonic()
        (unfinished / part).mkdir(parents=True)
        _make(
            ROOT / source,
            target,
            ARTIFACTS_DIR=unfinished / part,
            ARCH=arch,
            PYTHON=python,
            PYTHON_VERSION=version,
        )
        print(f"  {part:<13}{_size(unfinished / part):>10}  {time.monotonic() - started_at:.1f} s")
    shutil.rmtree(into, ignore_errors=True)
    unfinished.rename(into)


def sam_build(into: Path, *, template: str, python: Path, version: str) -> None:
    """Run `sam build` of *template*, a file's name, into *into*.

    Raises:
        BuildError: The SAM CLI is missing or refuses.
    """
    command = os.environ.get("SAM") or (str(SAM) if SAM.exists() else shutil.which("sam"))
    if command is None:
        raise BuildError("the SAM CLI is missing: run `make setup`, or install aws-sam-cli.")
    recipe = {"ARCH": DEPLOYED_ARCH, "PYTHON": str(python), "PYTHON_VERSION": version}
    # `sam build` calls nothing in AWS, yet stops without a region.
    region = {"AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1")}
    environment = os.environ | recipe | region | {"SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(
        [command, "build", "--template", template, "--build-dir", str(into)],
        cwd=ROOT,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError("`sam build` failed; its own lines above say why.")


def _candidates(version: str) -> list[Path]:
    name = f"python{version}"
    on_path = [Path(folder) / name for folder in os.environ.get("PATH", "").split(os.pathsep)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local/share/uv/python"))
    installed = [
        *sorted(pyenv.glob(f"{version}*/bin/{name}"), reverse=True),
        *sorted(uv.glob(f"cpython-{version}*/bin/{name}"), reverse=True),
    ]
    return [Path(sys.executable), *on_path, *installed]


def _is_python(candidate: Path, version: str) -> bool:
    if not candidate.is_file():
        return False
    # A pyenv shim is a file too, and fails for a version that is installed but not selected.
    check = f"import pip, sys; sys.exit('%d.%d' % sys.version_info[:2] != {version!r})"
    return (
        subprocess.run([candidate, "-c", check], capture_output=True, check=False).returncode == 0
    )


def _make(source: Path, target: str, **variables: Path | str) -> None:
    command = ["make", "--no-print-directory", "-C", str(source), target]
    command += [f"{name}={value}" for name, value in variables.items()]
    # The variables of a `make` that called this one (MAKEFLAGS, MAKELEVEL) are not for the recipe.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError as exc:
        raise BuildError("`make` is missing: install it.") from exc
    if done.returncode != 0:
        raise BuildError(_explained(done.stdout + done.stderr))


# What pip says, and what it means. The last lines of the recipe follow it.
_EXPLANATIONS = {
    "DO NOT MATCH THE HASHES": "a package is not what requirements.txt pins. Do not deploy it.",
    "(from versions: none)": "pip found nothing at its package index. Is there a network? "
    "(`pip config list` shows which index it asks.)",
}


def _explained(output: str) -> str:
    meanings = [meaning for sign, meaning in _EXPLANATIONS.items() if sign in output]
    lines = [line for line in output.strip().splitlines() if not line.startswith("WARNING")]
    return "\n".join([*meanings[:1], *lines[-6:]]) or "the recipe failed without a word."


def _size(folder: Path) -> str:
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{total / 1e6:.1f} MB" if total > 1e6 else f"{total / 1e3:.0f} kB"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--arch", choices=["arm64", "x86_64"], help="of the wheels")
    parser.add_argument(
        "--python", default=DEPLOYED_PYTHON, metavar="VERSION", help="3.13 unless told"
    )
    parser.add_argument("--into", type=Path, metavar="FOLDER", help=".build/… unless told")
    parser.add_argument(
        "--sam", choices=STACKS, nargs="?", const="main", help="run `sam build` instead"
    )
    return parser.parse_args()


def main() -> int:
    """Build what the command line says; 0 when made, 1 with one explanation when not."""
    arguments = _arguments()
    deployed = arguments.python == DEPLOYED_PYTHON
    here = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    arch = arguments.arch or (DEPLOYED_ARCH if deployed else here)
    into = arguments.into or ROOT / ".build" / (arch if deployed else f"{arch}-{arguments.python}")
    try:
        python = find_python(arguments.python)
        print(f"Building with {python}")
        if arguments.sam:
            template, folder = STACKS[arguments.sam]
            sam_build(ROOT / folder, template=template, python=python, version=arguments.python)
        else:
            assemble(into, arch=arch, python=python, version=arguments.python)
            print(f"Built {into}")
    except BuildError as exc:
        print(f"build: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("build: stopped; what was built before is untouched.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
