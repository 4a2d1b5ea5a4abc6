"""Writes each template's table of parameters into the page that explains it.

`python -m docs.generate_parameters`; a test fails when a table is not what its template says.
"""

import sys
from pathlib import Path

from local.template import read_template

ROOT = Path(__file__).resolve().parents[1]
# Page, and the template of its table.
PAGES = {
    ROOT / "README.md": ROOT / "template.yaml",
    ROOT / "docs/operations.md": ROOT / "template-rotation.yaml",
}
START, END = "<!-- parameters -->", "<!-- end of parameters -->"


def written(page: Path) -> str:
    """The page with the table as its template has it, between its two comments.

    Raises:
        ValueError: The page has no place for it.
    """
    text = page.read_text()
    before, started, rest = text.partition(START)
    _, ended, behind = rest.partition(END)
    if not (started and ended):
        raise ValueError(f"{page.name} has no place for the parameters.")
    lines = ["| parameter | default | what it does |", "|---|---|---|"]
    for name, parameter in read_template(PAGES[page])["Parameters"].items():
        default = parameter.get("Default")
        shown = {None: "required", "": "none"}.get(default, f"`{default}`")
        lines.append(f"| `{name}` | {shown} | {parameter['Description'].strip()} |")
    table = "\n".join(lines)
    return f"{before}{START}\n\n{table}\n\n{END}{behind}"


def main() -> int:
    """Write the tables."""
    for page in PAGES:
        page.write_text(written(page))
    return 0


if __name__ == "__main__":
    sys.exit(main())
