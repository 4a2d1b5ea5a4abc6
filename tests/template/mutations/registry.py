"""The list of mutations, and what several of them reach into the template with."""

from collections.abc import Callable
from typing import Any

Source = dict[str, Any]
Mutation = Callable[[Source], None]
MUTATIONS: dict[str, tuple[Mutation, str]] = {}


def breaks(expected: str) -> Callable[[Mutation], Mutation]:
    """Add the decorated mutation to `MUTATIONS`, with the rule that it fails."""

    def add(mutation: Mutation) -> Mutation:
        MUTATIONS[mutation.__name__] = (mutation, expected)
        return mutation

    return add


def properties(source: Source, logical_id: str) -> dict[str, Any]:
    """The properties of one resource, to change."""
    found: dict[str, Any] = source["Resources"][logical_id]["Properties"]
    return found


def statement(source: Source, number: int) -> dict[str, Any]:
    """One statement of the minting function's policy, to change."""
    document = properties(source, "ClientSecretsRole")["Policies"][0]["PolicyDocument"]
    found: dict[str, Any] = document["Statement"][number]
    return found
