import copy
from typing import Any

import pytest

from tests.template.cloudformation import read, resolve
from tests.template.mutations import MUTATIONS
from tests.template.rules import RULES
from tests.template.test_rules import JWT

SOURCE = read()
ORIGINS = {"AllowedOrigins": "https://a.example"}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_broken_template_fails_the_rule_that_is_meant_for_it(name: str) -> None:
    source = copy.deepcopy(SOURCE)
    mutation, expected = MUTATIONS[name]

    mutation(source)

    assert failing(source) == {expected}


def test_the_template_itself_fails_none() -> None:
    assert failing(SOURCE) == set()


def test_every_rule_can_fail() -> None:
    assert RULES.keys() - {expected for _, expected in MUTATIONS.values()} == set()


def failing(source: dict[str, Any]) -> set[str]:
    stacks = [resolve(source), resolve(source, JWT | ORIGINS)]
    return {name for name, rule in RULES.items() for stack in stacks if list(rule(stack))}
