"""`python -m tests.load`: the soak; `--write` puts its figures into the docs."""

import argparse
import sys
from collections.abc import Iterable

from local.lifeline import ROOT
from tests.load.soak import SHARES, SIZES, Soaked, Usage, soak

PAGE = ROOT / "docs" / "operations.md"
BEGIN, END = "<!-- begin: make soak -->", "<!-- end: make soak -->"
_HEADINGS = (
    "Environments",
    "Requests",
    "Faults of OpenAI's",
    "Answered 200",
    "Lost",
    "Outside the table",
    "Memory each, start and end",
    "Descriptors each, start and end",
    "p50 / p99",
)


def table(results: Iterable[Soaked]) -> str:
    """The figures in Markdown."""
    rows = [
        (
            f"{one.environments}",
            f"{one.requests:,}",
            f"{sum(one.faults.values()):,}",
            f"{one.answers.get((200, None), 0):,}",
            f"{len(one.lost)}",
            f"{one.outside}",
            f"{_mib(one.start)} → {_mib(one.end)}",
            f"{_range(one.start.descriptors)} → {_range(one.end.descriptors)}",
            f"{one.p50_ms:.0f} / {one.p99_ms:.0f} ms",
        )
        for one in results
    ]
    lines = [_HEADINGS, tuple("---" for _ in _HEADINGS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Soak at each size; 1 where a request was lost or answered outside the table."""
    parser = argparse.ArgumentParser(description="Many requests, one fault in twenty.")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--write", action="store_true", help="write the figures into the docs")
    arguments = parser.parse_args()
    results = []
    for size, share in zip(SIZES, SHARES, strict=True):
        results.append(soak(size, round(arguments.requests * share)))
        print(results[-1], flush=True)
    markdown = table(results)
    print(markdown)
    if arguments.write:
        page = PAGE.read_text()
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n\n{markdown}\n\n{END}{after}")
    return 1 if any(one.lost or one.outside or one.repeated for one in results) else 0


def _mib(usage: Usage) -> str:
    sizes = [kib / 1024 for kib in usage.rss_kib]
    return f"{sum(sizes) / len(sizes):.1f} MiB"


def _range(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


if __name__ == "__main__":
    sys.exit(main())
