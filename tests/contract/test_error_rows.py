"""The shared rows are the whole table: each row that the code can answer with is among them."""

import re

import pytest

from broker.errors import Row, Rows
from local.gateway_answer import OWN_MESSAGES
from local.lifeline import ROOT
from tests.contract.error_rows import read_rows

ROWS = read_rows()
CODE = "\n".join(
    path.read_text()
    for folder in ("functions/client_secrets", "layers/realtime/broker")
    for path in (ROOT / folder).rglob("*.py")
)
ANSWERED_WITH = sorted(set(re.findall(r"\bRows\.([A-Z_]+)", CODE)))
# No SDK sends a line that cannot be read as HTTP.
NOT_BY_AN_SDK = {400}


def sdk_rule(status: int) -> bool:
    return status in (408, 409, 429) or status >= 500


@pytest.mark.parametrize("name", ANSWERED_WITH)
def test_each_row_that_the_code_answers_with_is_tried_with_every_sdk(name: str) -> None:
    row: Row = getattr(Rows, name)
    retried = sdk_rule(row.status) and row.should_retry is not False

    like_it = [
        tried
        for tried in ROWS
        if (tried.status, tried.type, tried.code) == (row.status, row.type, row.code)
    ]

    assert any(tried.is_retried == retried for tried in like_it), f"{name} has no row"


def test_each_answer_of_api_gateways_own_is_tried_with_every_sdk() -> None:
    tried = {row.status for row in ROWS if row.by == "API Gateway"}

    assert tried == OWN_MESSAGES.keys() - NOT_BY_AN_SDK


def test_rows_have_names_of_their_own() -> None:
    names = [row.name for row in ROWS]

    assert len(set(names)) == len(names)


def test_nothing_is_retried_after_a_mint_may_have_happened() -> None:
    may_have_minted = {"upstream_timeout", "upstream_invalid_response", "internal_error"}

    assert not [row.name for row in ROWS if row.code in may_have_minted and row.is_retried]
