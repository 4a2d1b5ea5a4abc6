"""What docs/operations.md says in figures is what the scripts say, and its commands exist."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import capacity, cost

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text()
GIVEN = cost.Inputs()


@pytest.mark.parametrize(
    "lines",
    [
        cost.table(cost.per_million(GIVEN), 6),
        cost.table(cost.per_month(GIVEN), 2),
        capacity.table(capacity.Inputs()),
    ],
    ids=["a million", "a month", "capacity"],
)
def test_the_page_has_the_scripts_tables(lines: list[str]) -> None:
    assert "\n".join(lines) in PAGE


def test_every_target_of_the_page_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z0-9-]+):", (ROOT / "Makefile").read_text()))

    ours = PAGE.partition("## What happens when")[0]
    assert set(re.findall(r"`make ([a-z0-9-]+)", ours)) <= targets


def test_slow_answers_of_openais_need_more_environments() -> None:
    usual = capacity.needs(100, capacity.Inputs())
    slow = capacity.needs(100, capacity.Inputs(openai_p99_ms=7500))

    assert slow["environments"] > 3 * usual["environments"]


def test_a_thousand_a_second_reach_two_limits() -> None:
    needed = capacity.needs(1000, capacity.Inputs())

    assert [each.split()[0] for each in capacity.beyond(1000, needed)] == ["Lambda's", "one"]
    assert capacity.beyond(100, capacity.needs(100, capacity.Inputs())) == []


def test_time_is_what_a_million_costs() -> None:
    twice = replace(GIVEN, duration_s=2 * GIVEN.duration_s)

    difference = sum(row[2] for row in cost.per_million(twice))
    difference -= sum(row[2] for row in cost.per_million(GIVEN))
    assert difference == pytest.approx(8.0, abs=0.01)


def test_no_two_alarm_entries_share_a_heading() -> None:
    headings = re.findall(r"(?m)^### `([a-z-]+)`$", PAGE)

    assert len(headings) == len(set(headings)) == 16


def test_every_alarm_entry_has_three_commands_and_an_end() -> None:
    for entry in re.split(r"(?m)^### `", PAGE)[1:]:
        text = re.split(r"(?m)^## ", entry)[0]
        assert [each for each in "123" if f"\n{each}. " in text] == ["1", "2", "3"], text[:30]
        assert re.search(r"\bOver (when|after)", text), text[:30]
