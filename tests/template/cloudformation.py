"""A template as CloudFormation would see it: transformed, checked and resolved, offline."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from tests.template.resolver import Resolver

ROOT = Path(__file__).parents[2]
# The templates that are deployed, each as a stack of its own; the others are parts of the first.
MAIN = ROOT / "template.yaml"
ROTATION = ROOT / "template-rotation.yaml"


@dataclass(frozen=True)
class Stack:
    """One resolved stack.

    Attributes:
        source: The template as written, short forms expanded, before SAM's transform.
        parameters: Every parameter's value, lists as lists.
        refused: Why CloudFormation would not start: constraints and `Rules`. Empty when it would.
        resources: Logical id to resource, without those whose condition is false.
        outputs: Name to value, likewise.
        unresolved: References that lead nowhere.
    """

    source: dict[str, Any]
    parameters: dict[str, Any]
    refused: list[str]
    resources: dict[str, dict[str, Any]]
    outputs: dict[str, Any]
    unresolved: list[str]

    @cached_property
    def parts(self) -> dict[str, "Stack"]:
        """Logical id to stack of every nested stack, with the parameters that this one gives it."""
        return {
            name: resolve(_part(nested["TemplateURL"]), nested["Parameters"])
            for name, nested in self.of_type("AWS::CloudFormation::Stack").items()
        }

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Logical id to `Properties` of every resource of *resource_type*."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.resources.items()
            if resource["Type"] == resource_type
        }


def read(path: Path = MAIN) -> dict[str, Any]:
    """Read a template; intrinsic functions in their long form."""
    template: dict[str, Any] = yaml_parse(path.read_text())
    return template


def resolve(source: dict[str, Any], parameters: Mapping[str, str] | None = None) -> Stack:
    """Resolve *source* for the given *parameters*, defaults for the others."""
    given = {name: str(p.get("Default", "")) for name, p in source["Parameters"].items()}
    given |= parameters or {}
    resolver = Resolver(_transformed(source, given), given)
    resources = resolver.resources()
    outputs = resolver.outputs()
    return Stack(
        source=source,
        parameters=resolver.parameters,
        refused=_broken_constraints(source, given) + resolver.broken_rules(),
        resources=resources,
        outputs=outputs,
        unresolved=resolver.unresolved,
    )


@cache
def _part(file: str) -> dict[str, Any]:
    return read(ROOT / file)


def _transformed(source: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Let SAM's own translator make CloudFormation of it, offline."""
    if "Transform" not in source:
        return source
    template = copy.deepcopy(source)
    for resource in template["Resources"].values():
        for uri in ("CodeUri", "ContentUri"):
            if uri in resource.get("Properties", {}):
                resource["Properties"][uri] = f"s3://artifacts/{resource['Properties'][uri]}"
    # No managed policy is looked up: a role that names one has no ARN for it and fails a rule.
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    transformed: dict[str, Any] = translator.translate(template, dict(given))
    # Counts of its own that go nowhere; unpublished, it logs a warning about them.
    translator.metrics.publish()
    return transformed


def _broken_constraints(source: dict[str, Any], given: Mapping[str, str]) -> list[str]:
    broken = []
    for name, value in given.items():
        parameter = source["Parameters"].get(name)
        if parameter is None:
            broken.append(f"{name} is no parameter")
            continue
        for item in value.split(",") if parameter["Type"] == "CommaDelimitedList" else [value]:
            if not _satisfies(item, parameter):
                broken.append(f"{name} cannot be {item!r}")
    return broken


def _satisfies(value: str, parameter: Mapping[str, Any]) -> bool:
    if parameter["Type"] == "Number" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return False
    if "AllowedValues" in parameter and value not in map(str, parameter["AllowedValues"]):
        return False
    # CloudFormation matches the whole value, as Java's `matches` does.
    if "AllowedPattern" in parameter and not re.fullmatch(parameter["AllowedPattern"], value):
        return False
    least, most = parameter.get("MinValue"), parameter.get("MaxValue")
    return (least is None or float(value) >= least) and (most is None or float(value) <= most)
