"""The bench's results as a table in docs/operations.md."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from local.lifeline import ROOT
from tests.faults.bench import Result
from tests.faults.fault import FULL_S

PAGE = ROOT / "docs" / "operations.md"
BEGIN, END = "<!-- begin: python -m tests.faults --write -->", "<!-- end -->"
_HEADINGS = ("", "Status", "Code", "SDKs retry", "Calls", "Metric", "Took", "Log says")
_TOOK = _HEADINGS.index("Took")
_SAID = _HEADINGS.index("Log says")
_STATUS = re.compile(r"answers (\d{3})")


def table(results: Iterable[Result]) -> str:
    """One part for each neighbour, in Markdown."""
    parts = []
    for whose, rows in groupby(results, key=lambda result: result.whose):
        headings = (f"{whose} …", *_HEADINGS[1:])
        lines = [headings, tuple("---" for _ in headings), *_rows(list(rows))]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts)


def without_times(markdown: str) -> list[tuple[str, ...]]:
    """What of the table is the same on every run."""
    rows = [tuple(line.strip("| ").split(" | ")) for line in markdown.splitlines() if line]
    return [
        tuple(cell.strip() for index, cell in enumerate(row) if index not in (_TOOK, _SAID))
        for row in rows
    ]


def written(page: Path = PAGE) -> str:
    """The table as the page has it."""
    return page.read_text().split(BEGIN)[1].split(END)[0].strip()


def write(markdown: str, page: Path = PAGE) -> None:
    """Put the table into the page."""
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{markdown}\n\n{END}{after}")


def _rows(results: list[Result]) -> Iterator[tuple[str, ...]]:
    for _, same in groupby(results, key=_kind):
        group = list(same)
        first, last = group[0], group[-1]
        name = first.name if first is last else f"{first.name} to {last.name[-3:]}"
        if first.timeout_s < FULL_S:
            name += f" (function's time {first.timeout_s:g} s)"
        seen = first.happened
        took = max(result.elapsed_s for result in group)
        reason = first.reason if first is last else _STATUS.sub("", first.reason)
        yield (
            name,
            f"{seen.status}",
            f"`{seen.code}`" if seen.code else "-",
            seen.retry,
            f"{seen.calls}",
            f"`{seen.metric}`",
            f"{took:.2f} s",
            reason.replace("|", "\\|") or "-",
        )


def _kind(result: Result) -> object:
    """Statuses that come to the same are one row."""
    return (result.happened, _STATUS.sub("answers", result.name), result.timeout_s)
