"""`make bench`: our function beside what others would write, side by side, in one go.

    python -m benchmarks.run                  20 rounds: three minutes; nothing else may run
    python -m benchmarks.run --write          and put the tables into docs/performance.md
    python -m benchmarks.run --rounds 5 --only ours,plain

In each round every contender is started once, in an order drawn anew, and kept busy; so whatever
else the machine does falls on all alike. Only ratios of one run carry over to another machine.
"""

import argparse
import datetime
import os
import platform
import random
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

from benchmarks.builds import Contender, contenders
from benchmarks.measuring import Figures, run
from benchmarks.table import BAR_HEAD, HEAD, bars, row
from benchmarks.upstream import Upstream
from local.lifeline import ROOT
from tests.real_runtime.neighbours import Neighbours

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
ROUNDS = 20
REQUESTS = 100


def measure(taking_part: Sequence[Contender], *, rounds: int, requests: int) -> tuple[str, str]:
    """Run everybody; returns the table of figures, and that of the bars (empty without all)."""
    everybody = {contender.title: Figures() for contender in taking_part}
    order = list(taking_part)
    shuffle = random.Random().shuffle  # noqa: S311 - an order, not a secret
    with Upstream() as upstream, Neighbours() as neighbours:
        variables = {
            contender.title: neighbours.environment(contender.parameters, **upstream.variables())
            for contender in taking_part
        }
        share_ms = upstream.own_share_ms()
        for number in range(-1, rounds):
            shuffle(order)
            for contender in order:
                # The first round reads every file once; it does not count.
                figures = everybody[contender.title] if number >= 0 else Figures()
                # Without bytecode, the warm function is the same.
                busy = requests if contender.with_bytecode else 0
                run(contender, variables[contender.title], requests=busy, into=figures)
            _tell(f"round {number + 1} of {rounds}")
    rows = [row(title, figures) for title, figures in everybody.items()]
    table = "\n".join([HEAD, *rows])
    table += f"\n\nOf each warm request, the stand-in for OpenAI takes {share_ms:.2f} ms."
    return table, _promises(everybody)


def _promises(everybody: Mapping[str, Figures]) -> str:
    try:
        return "\n".join([BAR_HEAD, *(bar.row() for bar in bars(everybody))])
    except KeyError:
        return ""


def setting(contender: Contender, *, rounds: int, requests: int) -> str:
    """One line on machine, versions and date."""
    code = "import awslambdaric, boto3, platform as p; print(p.python_version(), boto3.__version__)"
    command = [str(contender.built.python), "-c", code]
    python, boto3 = subprocess.check_output(command, text=True).split()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{os.cpu_count()} vCPU {platform.machine()}, {platform.system()}"
    return (
        f"`make bench`, {today}: {rounds} cold starts and {rounds * requests} warm requests each; "
        f"{machine}; Python {python}, boto3 {boto3} from the runtime, awslambdaric under AWS's "
        f"emulator, moto's Secrets Manager and DynamoDB, OpenAI over TLS at no delay. "
        f"Load average at the end {os.getloadavg()[0]:.1f}."
    )


def write(text: str) -> None:
    """Put *text* between the marks of the page."""
    page = PAGE.read_text()
    marks = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
    PAGE.write_text(marks.sub(lambda _: f"{BEGIN}\n{text}\n{END}", page))


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text} ")


def main() -> int:
    """Measure and print; 1 when a bar is missed."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--requests", type=int, default=REQUESTS, help="warm, in each round")
    arguments.add_argument("--only", default="", help="names, with commas between")
    arguments.add_argument("--write", action="store_true", help="into docs/performance.md")
    given = arguments.parse_args()
    names = given.only.split(",") if given.only else []
    taking_part = [each for each in contenders() if not names or each.name in names]
    table, promises = measure(taking_part, rounds=given.rounds, requests=given.requests)
    head = setting(taking_part[0], rounds=given.rounds, requests=given.requests)
    text = "\n\n".join(filter(None, [head, table, promises]))
    sys.stdout.write(f"{text}\n")
    if given.write:
        write(text)
    return 1 if "**missed**" in promises else 0


if __name__ == "__main__":
    sys.exit(main())
