"""The benchmark's body is what it says it is, and judging it stays cheap."""

import json
from typing import Any

import pytest

from benchmarks import judging
from broker.contract.tools import ToolChoiceFunction
from broker.params import parse
from tests.contract.field_table import expected_tables

# Of the other arm of a union, or of another body.
ELSEWHERE = {
    "SemanticVad",
    "TranscriptionSession",
    "TranscriptionAudio",
    ToolChoiceFunction.__name__,
}


def _keys(node: Any) -> set[str]:
    if isinstance(node, dict):
        return set(node).union(*(_keys(child) for child in node.values()))
    if isinstance(node, list):
        return set().union(*(_keys(child) for child in node))
    return set()


def test_the_rich_body_has_every_field_of_a_conversation_and_20_tools() -> None:
    fields = {
        row[0].split("`")[1]
        for model, rows in expected_tables().items()
        if model not in ELSEWHERE and "Translation" not in model
        for row in rows
    }

    assert fields - _keys(judging.rich_body()) == set()
    assert len(judging.rich_body()["session"]["tools"]) == 20


def test_the_rich_body_is_accepted() -> None:
    body = judging.rich_body()

    assert (
        parse(json.dumps(body), is_base64=False, kind="realtime", unknown_fields="reject") == body
    )


def test_judging_it_stays_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "CALLS", 200)

    assert judging.main() == 0
