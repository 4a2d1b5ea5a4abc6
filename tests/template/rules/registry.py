"""The rules of each template, and what several of them read it with."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.template.cloudformation import MAIN, ROTATION, Stack

Rule = Callable[[Stack], Iterator[str]]
RULES: dict[Path, dict[str, Rule]] = {MAIN: {}, ROTATION: {}}


def rule(*templates: Path) -> Callable[[Rule], Rule]:
    """Make the decorated function a rule of *templates*."""

    def add(function: Rule) -> Rule:
        for template in templates:
            RULES[template][function.__name__] = function
        return function

    return add


def template_of(stack: Stack) -> Path:
    """Which template *stack* was made from, however broken it is."""
    return ROTATION if "RotateApiKeyFunction" in stack.source["Resources"] else MAIN


def written(stack: Stack, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Resources as the template has them, before SAM's transform."""
    for name, resource in stack.source["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource


def parameters_of(stack: Stack, node: Any) -> set[str]:
    """The parameters that *node* mentions, by `Ref` or in a `Fn::Sub`."""
    names = set(re.findall(r'"Ref": "(\w+)"|\${(\w+)}', json.dumps(node)))
    return {name for pair in names for name in pair} & set(stack.source["Parameters"])


def listed(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [item for member in value.values() for item in listed(member)]
    return value if isinstance(value, list) else [] if value is None else [value]


def statements(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every policy document, wherever it hangs, except who may assume a role."""

    def found(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            yield from node.get("Statement", [])
            for key, value in node.items():
                if key not in ("AssumeRolePolicyDocument", "Statement"):
                    yield from found(value)
        elif isinstance(node, list):
            for item in node:
                yield from found(item)

    for name, resource in stack.resources.items():
        yield from ((name, statement) for statement in found(resource))
