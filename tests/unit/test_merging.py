"""The merge rule, as docs/api.md has it: every line of its table is executed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from broker.errors import CallerError, Rows
from broker.merging import changes, contradictions, merged, same
from broker.profile_files import ReadProfile
from broker.profile_model import Limits
from broker.session_policy import Profile

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
HEADINGS = "| Rule | `defaults` | `locked` | caller | sent to OpenAI |"


def table() -> list[Any]:
    lines = DOCS.read_text(encoding="utf-8").split(HEADINGS)[1].splitlines()[2:]
    rows = [line.strip("| ").split(" | ") for line in lines[: lines.index("")]]
    return [pytest.param(*(cell.strip() for cell in row[1:]), id=row[0]) for row in rows]


def session(cell: str) -> Any:
    return json.loads(cell.strip("`"))


@pytest.mark.parametrize(("defaults", "locked", "caller", "outcome"), table())
def test_what_the_documentation_says(defaults: str, locked: str, caller: str, outcome: str) -> None:
    profile = Profile(
        ReadProfile(
            "documented",
            None,
            {"session": {"type": "realtime", **session(defaults)}},
            {"session": session(locked)},
            Limits(),
        ),
        unknown_fields="reject",
    )

    if outcome.startswith("→"):
        with pytest.raises(CallerError) as caught:
            profile.apply({"session": session(caller)}, kind="realtime")
        assert caught.value.row is Rows.NOT_ALLOWED_BY_POLICY
        assert caught.value.param == re.sub("[→ `]", "", outcome)
    else:
        params = profile.apply({"session": session(caller)}, kind="realtime")
        assert params == {"session": {"type": "realtime", **session(outcome)}}


def test_the_table_is_whole() -> None:
    assert len(table()) == 20


def test_neither_side_is_changed_by_a_merge() -> None:
    under, over = {"a": {"b": [1]}}, {"a": {"c": 2}}

    result = merged(under, over)

    assert result == {"a": {"b": [1], "c": 2}}
    assert (under, over) == ({"a": {"b": [1]}}, {"a": {"c": 2}})


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (True, 1, False),
        (0, False, False),
        (1, 1.0, True),
        ({"a": 1}, {"a": True}, False),
        ([1, 2], [1, 2], True),
        ([1], [1, None], False),
        (None, {}, False),
        ({"a": 1}, {"a": 1, "b": None}, False),
    ],
)
def test_values_are_compared_as_json_compares_them(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected


@pytest.mark.parametrize(
    ("under", "over", "paths"),
    [
        ({}, {"a": {"b": 1}}, ["a.b"]),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, []),
        ({"a": {"b": 1}}, {"a": {}}, []),
        ({}, {"a": {}}, ["a"]),
        ({"a": None}, {"a": {"b": 1}}, ["a"]),
        ({"a": {"b": 1}}, {"a": None}, ["a"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({}, {"a.b": 1}, ["a.b"]),
    ],
)
def test_changes_are_the_deepest_paths_that_differ(under: Any, over: Any, paths: list[str]) -> None:
    assert [".".join(path) for path in changes(under, over)] == paths


def test_a_key_with_a_dot_is_not_the_path_it_looks_like() -> None:
    assert list(changes({}, {"session.audio": 1})) == [("session.audio",)]


def test_a_locked_key_that_is_gone_is_a_contradiction() -> None:
    assert list(contradictions({"a": {"b": 1}}, {"a": {"c": 1}})) == [("a", "b")]
