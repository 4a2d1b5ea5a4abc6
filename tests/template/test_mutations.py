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


def test_a_third_open_route_is_refused() -> None:
    source = copy.deepcopy(SOURCE)
    third = copy.deepcopy(source["Resources"]["ConsoleRoute"])
    third["Properties"]["RouteKey"] = "GET /status"
    source["Resources"]["StatusRoute"] = third

    assert {"the_routes_are_those_listed", "no_minting_route_is_open"} <= failing(source)


def test_an_open_route_to_the_minting_function_is_refused() -> None:
    source = copy.deepcopy(SOURCE)
    resources = source["Resources"]
    resources["ConsoleRoute"]["Properties"]["Target"] = resources["CreateClientSecretRoute"][
        "Properties"
    ]["Target"]

    assert "open_routes_lead_to_a_function_that_may_do_nothing" in failing(source)


def failing(source: dict[str, Any]) -> set[str]:
    stacks = [resolve(source), resolve(source, JWT | ORIGINS | {"Console": "true"})]
    return {name for name, rule in RULES.items() for stack in stacks if list(rule(stack))}
