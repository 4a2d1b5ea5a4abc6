"""template.yaml as it would stand after deployment with given parameters.

Only what the local stack reads is resolved: parameters, conditions and the intrinsic functions
between them. A resource's `!Ref` is its local id: the function's variables come from one place.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from local.aws import ACCOUNT_ID, REGION
from local.lifeline import ROOT

STACK_NAME = "local"
PSEUDO_PARAMETERS = {
    "AWS::StackName": STACK_NAME,
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}

# Found by name locally: the property that may give it, and the name made up otherwise.
NAMED = {
    "AWS::SecretsManager::Secret": ("Name", STACK_NAME + "/{}"),
    "AWS::DynamoDB::Table": ("TableName", STACK_NAME + "-{}"),
}

_NO_VALUE = object()


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        text = str(loader.construct_scalar(node))
        value = text.split(".") if suffix == "GetAtt" else text
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def read_template(path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """The template as written, short tags expanded to their long form."""
    # A SafeLoader that knows a few more tags.
    template: dict[str, Any] = yaml.load(path.read_text(), _Loader)  # noqa: S506
    return template


class Template:
    """The template under one set of parameter values."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        """Resolve on demand.

        Args:
            template: As `read_template` gives it.
            parameters: A value for every parameter; lists for comma-delimited ones.
        """
        self._template = template
        self._known = {**PSEUDO_PARAMETERS, **parameters}
        self._functions = self._intrinsic_functions()

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties of the resources of a type whose condition holds, by logical id."""
        defaults = self._template.get("Globals", {}).get(kind.rpartition("::")[2], {})
        return {
            name: {**self.resolve(defaults), **self.resolve(resource.get("Properties", {}))}
            for name, resource in self._template["Resources"].items()
            if resource["Type"] == kind and self._holds(resource.get("Condition"))
        }

    def resolve(self, value: Any) -> Any:
        """*value* with every intrinsic function replaced by its result."""
        if isinstance(value, list):
            resolved = [self.resolve(each) for each in value]
            return [each for each in resolved if each is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in self._functions:
                return self._functions[name](argument)
        resolved_items = ((key, self.resolve(each)) for key, each in value.items())
        return {key: each for key, each in resolved_items if each is not _NO_VALUE}

    def _intrinsic_functions(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Condition": self._holds,
            "Fn::Equals": lambda pair: self.resolve(pair[0]) == self.resolve(pair[1]),
            "Fn::Not": lambda each: not self.resolve(each[0]),
            "Fn::And": lambda each: all(self.resolve(each)),
            "Fn::Or": lambda each: any(self.resolve(each)),
            "Fn::If": lambda each: self.resolve(each[1] if self._holds(each[0]) else each[2]),
            "Fn::Join": lambda each: each[0].join(map(str, self.resolve(each[1]))),
            "Fn::Split": lambda each: str(self.resolve(each[1])).split(each[0]),
            "Fn::Select": lambda each: self.resolve(each[1])[int(self.resolve(each[0]))],
            "Fn::GetAtt": ".".join,
            "Fn::Sub": self._sub,
        }

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self._known:
            return self._known[name]
        resource = self._template["Resources"].get(name, {})
        naming, made_up = NAMED.get(resource.get("Type"), ("", name))
        return self.resolve(resource.get("Properties", {}).get(naming, made_up.format(name)))

    def _holds(self, condition: str | None) -> bool:
        return condition is None or bool(self.resolve(self._template["Conditions"][condition]))

    def _sub(self, argument: str | list[Any]) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def replacement(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            return str(self.resolve(own[name]) if name in own else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", replacement, text)
