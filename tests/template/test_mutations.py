import copy
from pathlib import Path
from typing import Any

import pytest

from tests.template.cloudformation import MAIN, ROTATION, read, resolve
from tests.template.mutations import MUTATIONS
from tests.template.rules import RULES
from tests.template.test_rules import JWT, REQUIRED

SOURCES = {template: read(template) for template in RULES}
SOURCE = SOURCES[MAIN]
# Where most of a template is there, and where little is.
PARAMETER_SETS: dict[Path, list[dict[str, str]]] = {
    MAIN: [{}, JWT | {"AllowedOrigins": "https://a.example", "Console": "true"}],
    ROTATION: [
        REQUIRED,
        REQUIRED | {"RotationDays": "7", "AlarmTopicArn": "arn:aws:sns:us-east-1:111122223333:a"},
    ],
}


@pytest.mark.parametrize(
    ("template", "name"),
    [(template, name) for template, mutations in MUTATIONS.items() for name in mutations],
    ids=[name for mutations in MUTATIONS.values() for name in mutations],
)
def test_a_broken_template_fails_the_rule_that_is_meant_for_it(template: Path, name: str) -> None:
    source = copy.deepcopy(SOURCES[template])
    mutation, expected = MUTATIONS[template][name]

    mutation(source)

    assert failing(source, template) == {expected}


@pytest.mark.parametrize("template", SOURCES, ids=lambda template: template.name)
def test_the_template_itself_fails_none(template: Path) -> None:
    assert failing(SOURCES[template], template) == set()


@pytest.mark.parametrize("template", RULES, ids=lambda template: template.name)
def test_every_rule_can_fail(template: Path) -> None:
    mutations = MUTATIONS[template].values()

    assert RULES[template].keys() - {expected for _, expected in mutations} == set()


def test_no_two_mutations_share_a_name() -> None:
    written = sum(
        path.read_text().count("\n@breaks(")
        for path in Path(__file__).with_name("mutations").glob("*.py")
    )

    assert sum(map(len, MUTATIONS.values())) == written


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


def failing(source: dict[str, Any], template: Path = MAIN) -> set[str]:
    stacks = [resolve(source, parameters) for parameters in PARAMETER_SETS[template]]
    return {name for name, rule in RULES[template].items() for stack in stacks if list(rule(stack))}
