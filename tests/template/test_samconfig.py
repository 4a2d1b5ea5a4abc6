import tomllib
from typing import Any

import pytest

from tests.template.cloudformation import ROOT, read, resolve

CONFIG: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text())
ENVIRONMENTS = sorted(CONFIG.keys() - {"version"})


def overrides(environment: str) -> dict[str, str]:
    pairs = CONFIG[environment]["deploy"]["parameters"].get("parameter_overrides", [])
    return dict(pair.split("=", 1) for pair in pairs)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_deploys(environment: str) -> None:
    assert resolve(read(), overrides(environment)).refused == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_says_only_what_differs(environment: str) -> None:
    parameters = read()["Parameters"]

    for name, value in overrides(environment).items():
        assert str(parameters[name]["Default"]) != value


def test_every_environment_has_a_stack_of_its_own() -> None:
    stacks = [CONFIG[name]["deploy"]["parameters"]["stack_name"] for name in ENVIRONMENTS]

    assert len(set(stacks)) == len(stacks)


def test_no_environment_may_make_roles_with_names_of_their_own() -> None:
    for name in ENVIRONMENTS:
        assert CONFIG[name]["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_everything_of_an_environment_is_tagged(environment: str) -> None:
    tags = dict(
        pair.split("=") for pair in CONFIG[environment]["deploy"]["parameters"]["tags"].split()
    )

    assert tags.keys() == {"application", "environment"}
    # Costs are told apart by it.
    name = CONFIG[environment]["deploy"]["parameters"]["stack_name"]
    assert name.endswith(f"-{tags['environment']}")
    assert all(tags.values())
