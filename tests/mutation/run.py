"""Mutation testing of the library: break one thing at a time, and see whether a test notices.

    python -m tests.mutation.run                      every module of openai_realtime
    python -m tests.mutation.run transport client     these

Each mutant is run against the tests that reach its line, quickest first, in a process of its own,
forked from one that has imported everything but the library.
Fails where fewer than 85 % of a module's mutants are noticed, or one survives that survivors.md
does not explain.
"""

import contextlib
import json
import math
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers" / "realtime" / "openai_realtime"
SURVIVORS = Path(__file__).with_name("survivors.md")
TESTS = [
    *sorted((ROOT / "tests" / "unit").glob("test_openai_realtime_*.py")),
    *sorted((ROOT / "tests" / "contract").glob("test_transport*.py")),
]
LEAST_KILLED = 0.85
WORKERS = min(os.cpu_count() or 1, 4)
LONGEST_S = 180
_context = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant."""

    module: str
    mutant: Mutant
    survived: bool

    @property
    def name(self) -> str:
        return f"{self.module}.py {self.mutant.name}"


def main(modules: list[str]) -> int:
    """Run, print and judge."""
    chosen = modules or sorted(path.stem for path in LIBRARY.glob("[a-z]*.py"))
    jobs = _jobs(chosen, _traced())
    _context.set_forkserver_preload(["pytest", "hypothesis", "urllib3", "cryptography.x509"])
    outcomes = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for outcome in pool.map(_outcome, jobs):
            outcomes.append(outcome)
            if outcome.survived:
                print(f"survived: {outcome.name}", flush=True)
    return _judged(chosen, outcomes)


Job = tuple[str, Mutant, list[str]]


def _jobs(modules: list[str], traced: dict[str, Any]) -> Iterator[Job]:
    for module in modules:
        for mutant in mutants((LIBRARY / f"{module}.py").read_text()):
            yield module, mutant, _reaching(f"{module}.py", mutant, traced)


_PYTEST = ["-q", "--no-header", "-p", "no:cacheprovider", "--noconftest"]


def _traced() -> dict[str, Any]:
    """Every test with its lines and seconds."""
    with tempfile.TemporaryDirectory() as directory:
        trace_file = Path(directory) / "trace.json"
        command = [sys.executable, "-m", "pytest", *_PYTEST, "-p", "tests.mutation.tracing"]
        done = subprocess.run(
            [*command, *map(str, TESTS)],
            cwd=ROOT,
            env={**os.environ, "TRACE_FILE": str(trace_file)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"The tests fail without any mutant:\n{done.stdout[-3000:]}")
        traced: dict[str, Any] = json.loads(trace_file.read_text())
    print(f"{len(traced)} tests", flush=True)
    return traced


def _outcome(job: Job) -> Outcome:
    """Run one mutant. One that hangs is noticed, and so is one that takes its process with it."""
    module, mutant, tests = job
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "openai_realtime"
        shutil.copytree(LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / f"{module}.py").write_text(mutant.source)
        receiver, sender = _context.Pipe(duplex=False)
        process = _context.Process(target=_run, args=(directory, tests, sender))
        process.start()
        sender.close()
        survived = False
        with contextlib.suppress(EOFError):
            survived = receiver.poll(LONGEST_S) and receiver.recv()
        process.kill()
        process.join()
    return Outcome(module, mutant, survived or not tests)


def _run(directory: str, tests: list[str], sender: Connection) -> None:
    """In a process that has not imported the library: with the one in *directory*."""
    os.chdir(ROOT)
    # Before layers/realtime, so that the tests import the copy.
    paths = f"pythonpath={directory} layers/realtime ."
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        code = pytest.main([*_PYTEST, "-x", "--timeout=30", "-o", paths, *tests])
    sender.send(code == 0)


def _reaching(file: str, mutant: Mutant, traced: dict[str, Any]) -> list[str]:
    """The tests that run a line of the mutant, quickest first.

    For what only an import runs: those that run any line of its module, and all quick ones.
    """
    first, last = mutant.lines

    def reaching(first: int, last: float) -> list[str]:
        return [
            test
            for test, traces in traced.items()
            if any(name == file and first <= line <= last for name, line in traces["lines"])
        ]

    quick = [test for test in traced if test.startswith("tests/unit/")]
    found = reaching(first, last) or {*reaching(0, math.inf), *quick}
    return sorted(found, key=lambda name: float(traced[name]["seconds"]))


def _judged(modules: list[str], outcomes: list[Outcome]) -> int:
    explained = SURVIVORS.read_text() if SURVIVORS.exists() else ""
    failed = False
    for module in modules:
        of_module = [outcome for outcome in outcomes if outcome.module == module]
        survivors = [outcome for outcome in of_module if outcome.survived]
        killed = 1 - len(survivors) / max(len(of_module), 1)
        failed = failed or killed < LEAST_KILLED
        noticed = len(of_module) - len(survivors)
        print(f"{module}.py: {noticed} of {len(of_module)} noticed, {killed:.1%}")
    for outcome in outcomes:
        if outcome.survived and outcome.name.replace("|", "\\|") not in explained:
            failed = True
            print(f"not explained in survivors.md: {outcome.name}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
