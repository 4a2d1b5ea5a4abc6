"""The list of mutations, and what several of them reach into the template with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.template.cloudformation import MAIN, ROTATION

Source = dict[str, Any]
Mutation = Callable[[Source], None]
MUTATIONS: dict[Path, dict[str, tuple[Mutation, str]]] = {MAIN: {}, ROTATION: {}}


def breaks(expected: str, template: Path = MAIN) -> Callable[[Mutation], Mutation]:
    """Make the decorated function a mutation of *template*, with the rule that it fails."""

    def add(mutation: Mutation) -> Mutation:
        MUTATIONS[template][mutation.__name__] = (mutation, expected)
        return mutation

    return add


def properties(source: Source, logical_id: str) -> dict[str, Any]:
    """The properties of one resource, to change."""
    found: dict[str, Any] = source["Resources"][logical_id]["Properties"]
    return found


def statements(source: Source, role: str) -> list[dict[str, Any]]:
    """The statements of a role's policy, to change."""
    found: list[dict[str, Any]] = properties(source, role)["Policies"][0]["PolicyDocument"][
        "Statement"
    ]
    return found


def statement(source: Source, number: int) -> dict[str, Any]:
    """One statement of the minting function's policy, to change."""
    return statements(source, "ClientSecretsRole")[number]
