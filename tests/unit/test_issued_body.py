import json
from typing import Any

import pytest

from broker.issued_body import DEEPEST, fault_in


def nested(levels: int) -> Any:
    return json.loads("[" * levels + "]" * levels)


@pytest.mark.parametrize(
    ("session", "fault"),
    [
        pytest.param({"a": [1, 2.5, None, "x", True, {"b": []}]}, None, id="ordinary"),
        pytest.param(json.loads("1e999"), "it holds a number that is too large", id="infinity"),
        pytest.param([[-1e999]], "it holds a number that is too large", id="deeper-infinity"),
        pytest.param(nested(DEEPEST - 1), None, id="as-deep-as-may-be"),
        pytest.param(nested(DEEPEST), "it is nested too deeply", id="too-deep"),
        pytest.param(nested(900), "it is nested too deeply", id="as-deep-as-python-reads"),
    ],
)
def test_what_could_not_be_answered_is_found(session: Any, fault: str | None) -> None:
    assert fault_in({"value": "ek_test", "session": session}) == fault
