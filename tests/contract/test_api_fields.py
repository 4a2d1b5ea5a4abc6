from pathlib import Path

import pytest

from broker.hints import GONE, MOVED
from tests.contract.field_table import expected_tables, tables_of

API = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
WRITTEN = tables_of(API)
EXPECTED = expected_tables()


@pytest.mark.parametrize("model", EXPECTED)
def test_every_field_has_its_row_as_the_models_have_it(model: str) -> None:
    assert [row[:4] for row in WRITTEN[model]] == EXPECTED[model]


@pytest.mark.parametrize("model", EXPECTED)
def test_every_field_has_a_decision_with_its_reason(model: str) -> None:
    undecided = [row[0] for row in WRITTEN[model] if len(row) != 5 or len(row[4]) < 10]

    assert undecided == []


# What the beta API had; the other hints are about mistakes no API ever took.
@pytest.mark.parametrize(
    "path",
    [
        path
        for path in (*MOVED, *GONE)
        if path.count(".") == 1 and path.split(".")[1] not in ("format", "transcription", "system")
        if path not in ("session.noise_reduction", "session.max_tokens")
    ],
)
def test_every_hint_for_a_field_of_a_session_is_in_the_table(path: str) -> None:
    rows = [row for row in WRITTEN["Coming from the beta API"] if f"`{path}`" in row[0]]

    assert len(rows) == 1
    assert MOVED.get(path, "") in rows[0][1]
