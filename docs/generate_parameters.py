"""Writes the README's table of parameters from template.yaml.

`python -m docs.generate_parameters`; a test fails when the table is not what the template says.
"""

import sys
from pathlib import Path

from local.template import read_template

README = Path(__file__).resolve().parents[1] / "README.md"
START, END = "<!-- parameters -->", "<!-- end of parameters -->"


def written(text: str) -> str:
    """*text* with the table as the template has it, between its two comments.

    Raises:
        ValueError: *text* has no place for it.
    """
    before, started, rest = text.partition(START)
    _, ended, behind = rest.partition(END)
    if not (started and ended):
        raise ValueError(f"{README.name} has no place for the parameters.")
    lines = ["| parameter | default | what it does |", "|---|---|---|"]
    for name, parameter in read_template()["Parameters"].items():
        default = parameter["Default"]
        shown = "none" if default == "" else f"`{default}`"
        lines.append(f"| `{name}` | {shown} | {parameter['Description'].strip()} |")
    table = "\n".join(lines)
    return f"{before}{START}\n\n{table}\n\n{END}{behind}"


def main() -> int:
    """Write the table."""
    README.write_text(written(README.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
