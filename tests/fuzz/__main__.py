"""`python -m tests.fuzz --minutes 10`: every target under libFuzzer, and what came of it."""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.lifeline import ROOT

CORPUS = ROOT / "tests" / "fuzz" / "corpus"
FOUND = ROOT / ".build" / "fuzz"
# The share of the time: bodies are the widest door.
SHARES = {"event": 0.45, "upstream": 0.25, "wire": 0.2, "admin": 0.1}
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERAGE = re.compile(r"cov: (\d+) ft: (\d+)")


def main() -> int:
    """Fuzz; 1 where something was found."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing.")
    parser.add_argument("--minutes", type=float, default=1.0)
    minutes = parser.parse_args().minutes
    findings = 0
    for target, share in SHARES.items():
        with _scratch(target) as folder:
            before = set(folder.glob("crash-*"))
            said = _fuzz(target, folder, seconds=round(minutes * 60 * share))
            found = set(folder.glob("crash-*")) | set(folder.glob("timeout-*"))
        executed, coverage = _EXECUTED.search(said), _COVERAGE.findall(said)
        edges, features = coverage[-1] if coverage else ("?", "?")
        print(
            f"{target}: {executed.group(1) if executed else '?'} executions,"
            f" coverage {edges} edges ({features} features), {len(found - before)} crashes"
        )
        for path in sorted(found - before):
            print(f"  {path}: {path.read_bytes()[:200]!r}")
        if found - before or not executed:
            findings += 1
            print(said[-3000:], file=sys.stderr)
    return 1 if findings else 0


@contextmanager
def _scratch(target: str) -> Iterator[Path]:
    folder = FOUND / target
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


def _fuzz(target: str, folder: Path, *, seconds: int) -> str:
    command = [sys.executable, "-m", "tests.fuzz.fuzzer", target]
    with tempfile.TemporaryDirectory() as grown:
        # What libFuzzer finds interesting goes into the first folder; the corpus is read.
        command += [grown, str(CORPUS / target), f"-max_total_time={seconds}"]
        command += ["-print_final_stats=1", f"-artifact_prefix={folder}/", "-timeout=20"]
        command += ["-max_len=8192", f"-dict={CORPUS.parent / 'words.dict'}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    return done.stderr


if __name__ == "__main__":
    sys.exit(main())
