"""Rules about what outlives the stack, and about what explains it to its operator."""

from collections.abc import Iterator

from tests.template.cloudformation import MAIN, ROTATION, Stack
from tests.template.rules.registry import listed, parameters_of, rule, template_of, written

# Nobody's default would do: whose key is rotated, and in which project of OpenAI's.
REQUIRED = {MAIN: set[str](), ROTATION: {"OpenAIApiKeyArn", "OpenAIProjectId"}}


@rule(MAIN, ROTATION)
def keys_and_data_outlive_the_stack(stack: Stack) -> Iterator[str]:
    names = {"AWS::SecretsManager::Secret": "Name", "AWS::DynamoDB::Table": "TableName"}
    for name, resource in stack.resources.items():
        if resource["Type"] not in names:
            continue
        if {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} != {"Retain"}:
            yield f"{name} is deleted with the stack"
        if names[resource["Type"]] in resource.get("Properties", {}):
            yield f"{name} has a fixed name, so a second deployment would fail"


@rule(MAIN, ROTATION)
def the_api_key_is_not_in_the_template(stack: Stack) -> Iterator[str]:
    name = {MAIN: "OpenAIApiKey", ROTATION: "AdminApiKey"}[template_of(stack)]
    api_key = stack.of_type("AWS::SecretsManager::Secret").get(name, {"absent": True})
    if {"absent", "SecretString", "GenerateSecretString"} & api_key.keys():
        yield f"{name} is made with a value, or not made"


@rule(MAIN, ROTATION)
def every_reference_resolves(stack: Stack) -> Iterator[str]:
    yield from stack.unresolved
    for name, resource in stack.resources.items():
        for other in listed(resource.get("DependsOn")):
            if other not in stack.resources:
                yield f"{name}.DependsOn: {other}"


@rule(MAIN, ROTATION)
def everything_is_described(stack: Stack) -> Iterator[str]:
    described = {**stack.source["Parameters"], **stack.source["Outputs"]}
    for kind in ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion"):
        described |= {name: part["Properties"] for name, part in written(stack, kind)}
    yield from (
        f"{name} has no description"
        for name, item in described.items()
        if not item.get("Description")
    )


@rule(MAIN, ROTATION)
def every_parameter_is_constrained(stack: Stack) -> Iterator[str]:
    constraints = {"AllowedValues", "AllowedPattern", "MinValue", "MaxValue"}
    for name, parameter in stack.source["Parameters"].items():
        if not constraints & parameter.keys():
            yield f"{name} takes anything"
        if "Default" not in parameter and name not in REQUIRED[template_of(stack)]:
            yield f"{name} has no default, so `sam deploy` alone would not do"
        if "Default" in parameter and name in REQUIRED[template_of(stack)]:
            yield f"{name} has a default, so nobody is asked for it"


@rule(MAIN, ROTATION)
def every_parameter_has_an_effect(stack: Stack) -> Iterator[str]:
    body = {key: part for key, part in stack.source.items() if key not in ("Parameters", "Rules")}
    used = parameters_of(stack, body)
    yield from (f"{name} does nothing" for name in stack.source["Parameters"].keys() - used)
