"""Resolves references, conditions and rules of a CloudFormation template for given parameters.

Our own, because `cloud-radar` 0.17, the one package made for this, turns `AWS::NoValue` into an
empty string and does not read `Rules`: it can tell neither a route without an authorizer from one
with, nor whether an incomplete `AuthMode=JWT` is refused, the two questions that matter most here.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

PSEUDO_PARAMETERS = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "minting",
    "AWS::URLSuffix": "amazonaws.com",
}
_ARN = "arn:aws:{service}:us-east-1:111122223333:{rest}"
_FUNCTION_ARN = _ARN.format(service="lambda", rest="function:{id}")

# What `Ref` of a resource of this type gives, and `Fn::GetAtt`. A type or attribute that is not
# listed does not resolve: a new one is a line here, after a look at AWS's reference.
REFS = {
    "AWS::ApiGatewayV2::Api": "{id}",
    "AWS::ApiGatewayV2::Authorizer": "{id}",
    "AWS::ApiGatewayV2::Integration": "{id}",
    "AWS::CloudWatch::Alarm": "{AlarmName}",
    "AWS::CodeDeploy::Application": "minting-{id}",
    "AWS::CodeDeploy::DeploymentGroup": "minting-{id}",
    "AWS::DynamoDB::Table": "minting-{id}",
    "AWS::Events::Rule": "minting-{id}",
    "AWS::IAM::Role": "minting-{id}",
    "AWS::Lambda::Alias": _FUNCTION_ARN + ":{Name}",
    "AWS::Lambda::Function": "{id}",
    "AWS::Lambda::LayerVersion": _ARN.format(service="lambda", rest="layer:{LayerName}:1"),
    "AWS::Logs::LogGroup": "{LogGroupName}",
    "AWS::SecretsManager::Secret": _ARN.format(service="secretsmanager", rest="secret:{id}-AbCdEf"),
    "AWS::SQS::Queue": "https://sqs.us-east-1.amazonaws.com/111122223333/minting-{id}",
}
ATTRIBUTES = {
    ("AWS::ApiGatewayV2::Api", "ApiEndpoint"): "https://{id}.execute-api.us-east-1.amazonaws.com",
    ("AWS::DynamoDB::Table", "Arn"): _ARN.format(service="dynamodb", rest="table/minting-{id}"),
    ("AWS::Events::Rule", "Arn"): _ARN.format(service="events", rest="rule/minting-{id}"),
    ("AWS::IAM::Role", "Arn"): "arn:aws:iam::111122223333:role/minting-{id}",
    ("AWS::Lambda::Function", "Arn"): _FUNCTION_ARN,
    ("AWS::Lambda::Version", "Version"): "1",
    ("AWS::Logs::LogGroup", "Arn"): _ARN.format(service="logs", rest="log-group:{LogGroupName}:*"),
    ("AWS::SQS::Queue", "Arn"): _ARN.format(service="sqs", rest="minting-{id}"),
}


class Unresolved(str):
    """Stands where a reference leads nowhere."""

    __slots__ = ()


class _NoValue:
    """`AWS::NoValue`: the property or list item is not there."""


_NO_VALUE = _NoValue()


class Resolver:
    """Resolves one transformed template; remembers the references that lead nowhere."""

    def __init__(self, template: dict[str, Any], given: Mapping[str, str]) -> None:
        self.template = template
        self.unresolved: list[str] = []
        self.parameters: dict[str, Any] = {}
        for name, parameter in template["Parameters"].items():
            value = given[name]
            is_list = parameter["Type"] == "CommaDelimitedList"
            self.parameters[name] = value.split(",") if is_list else value

    def resources(self) -> dict[str, dict[str, Any]]:
        resolved = {}
        for logical_id, resource in self.template["Resources"].items():
            if self._exists(resource):
                resolved[logical_id] = self.value(resource, logical_id)
        return resolved

    def outputs(self) -> dict[str, Any]:
        return {
            name: self.value(output["Value"], name)
            for name, output in self.template.get("Outputs", {}).items()
            if self._exists(output)
        }

    def broken_rules(self) -> list[str]:
        return [
            assertion["AssertDescription"]
            for name, rule in self.template.get("Rules", {}).items()
            if self.value(rule.get("RuleCondition", True), name)
            for assertion in rule["Assertions"]
            if not self.value(assertion["Assert"], name)
        ]

    def value(self, node: Any, at: str) -> Any:
        """Resolve *node*; *at* says where it stands."""
        if isinstance(node, list):
            items = [self.value(item, f"{at}[{index}]") for index, item in enumerate(node)]
            return [item for item in items if item is not _NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (key,) = node
            if key == "Ref" or key.startswith("Fn::"):
                return self._function(key, node[key], at)
            if key == "Condition" and isinstance(node[key], str):
                return self._condition(node[key], at)
        members = {key: self.value(item, f"{at}.{key}") for key, item in node.items()}
        return {key: item for key, item in members.items() if item is not _NO_VALUE}

    def _function(self, name: str, argument: Any, at: str) -> Any:
        match name:
            case "Ref":
                return self._ref(argument, at)
            case "Fn::GetAtt":
                logical_id, attribute = (
                    argument if isinstance(argument, list) else argument.split(".", 1)
                )
                return self._get_att(logical_id, attribute, at)
            case "Fn::Sub":
                return self._sub(argument, at)
            case "Fn::If":
                condition, then, otherwise = argument
                return self.value(then if self._condition(condition, at) else otherwise, at)
        argument = self.value(argument, at)
        match name:
            case "Fn::Equals":
                return argument[0] == argument[1]
            case "Fn::Not":
                return not argument[0]
            case "Fn::And":
                return all(argument)
            case "Fn::Or":
                return any(argument)
            case "Fn::Join":
                return argument[0].join(map(str, argument[1]))
            case "Fn::Split":
                return argument[1].split(argument[0])
        raise NotImplementedError(f"{name} at {at}: teach it to the resolver")

    def _condition(self, name: str, at: str) -> bool:
        if name not in self.template.get("Conditions", {}):
            self._lost(f"condition {name}", at)
            return False
        return bool(self.value(self.template["Conditions"][name], f"Conditions.{name}"))

    def _exists(self, item: Mapping[str, Any]) -> bool:
        condition = item.get("Condition")
        return condition is None or self._condition(condition, "Condition")

    def _ref(self, name: str, at: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
        if name in self.parameters:
            return self.parameters[name]
        return self._made(name, REFS.get, f"Ref {name}", at)

    def _get_att(self, logical_id: str, attribute: str, at: str) -> str:
        def form(resource_type: str) -> str | None:
            return ATTRIBUTES.get((resource_type, attribute))

        return self._made(logical_id, form, f"GetAtt {logical_id}.{attribute}", at)

    def _made(
        self, logical_id: str, form: Callable[[str], str | None], reference: str, at: str
    ) -> str:
        """Fill the form of what a reference to *logical_id* gives."""
        resource = self.template["Resources"].get(logical_id)
        if resource is None or not self._exists(resource):
            return self._lost(reference, at)
        text = form(resource["Type"])
        if text is None:
            return self._lost(reference, at)
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Alias":
            # The alias says which function it belongs to; its ARN is that function's.
            logical_id = properties["FunctionName"]["Ref"]
        names = {"id": logical_id}
        for name in re.findall(r"{([A-Z]\w+)}", text):
            names[name] = self.value(properties.get(name, f"minting-{logical_id}"), at)
        return str(text.format(**names))

    def _sub(self, argument: Any, at: str) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replaced(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in variables:
                return str(self.value(variables[name], at))
            if "." in name:
                logical_id, attribute = name.split(".", 1)
                return self._get_att(logical_id, attribute, at)
            return str(self._ref(name, at))

        return re.sub(r"\${([^}]+)}", replaced, text)

    def _lost(self, reference: str, at: str) -> Unresolved:
        self.unresolved.append(f"{at}: {reference}")
        return Unresolved(f"<{reference}>")
