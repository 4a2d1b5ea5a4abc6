"""Writes the two error tables of docs/api.md from the rows that the SDK suites try.

`python -m docs.generate_error_table`; a test fails when the tables are not what the rows say.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from local.gateway_answer import OWN_MESSAGES
from tests.contract.error_rows import ErrorRow, read_rows

FILE = Path(__file__).parent / "api.md"
HEADINGS = {
    "function": ("What happened", "Status", "`code`", "SDK raises", "It asks"),
    "API Gateway": ("What happened", "Status", "`message`", "SDK raises", "It asks"),
}


def written(text: str) -> str:
    """*text* with both tables as the rows have them, each between its two comments."""
    for by, headings in HEADINGS.items():
        rows = [row for row in read_rows() if row.by == by]
        table = _table(headings, [_cells(row) for row in rows])
        start, end = f"<!-- answers of {by} -->", f"<!-- end of answers of {by} -->"
        before, started, rest = text.partition(start)
        _, ended, behind = rest.partition(end)
        if not (started and ended):
            raise ValueError(f"{FILE.name} has no place for the answers of {by}.")
        text = f"{before}{start}\n{table}\n{end}{behind}"
    return text


def _cells(row: ErrorRow) -> tuple[str, ...]:
    said = row.code if row.by == "function" else OWN_MESSAGES[row.status]
    shown = f"`{said}`" if said else "OpenAI's"
    return row.happened, str(row.status), shown, _raised(row), _asked(row)


def _raised(row: ErrorRow) -> str:
    names = list(dict.fromkeys(row.raises.values()))
    return f"`{names[0]}`" if len(names) == 1 else f"`{names[0]}`, in Node `{names[1]}`"


def _asked(row: ErrorRow) -> str:
    if not row.is_retried:
        return "once"
    if row.waits_ms is None:
        return f"{row.requests} times, at its own pace"
    if row.status == 429:
        return f"{row.requests} times, when `retry-after-ms` says"
    return f"{row.requests} times, {row.waits_ms[0] / 1000:g} s apart"


def _table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---"] * len(headings)
    return "\n".join(f"| {' | '.join(line)} |" for line in [headings, rule, *lines])


def main() -> int:
    """Write the tables."""
    FILE.write_text(written(FILE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
