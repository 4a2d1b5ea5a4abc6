import copy
from typing import Any

from tests.template.cloudformation import read, resolve

JWT = {"AuthMode": "JWT", "JwtIssuer": "https://i.example", "JwtAudience": "a", "JwtScope": "s"}


def test_a_property_without_a_value_is_absent() -> None:
    route = resolve(read()).of_type("AWS::ApiGatewayV2::Route")["CreateClientSecretRoute"]

    assert "AuthorizerId" not in route


def test_a_resource_whose_condition_is_false_is_absent() -> None:
    source = read()

    assert "JwtAuthorizer" not in resolve(source).resources
    assert "JwtAuthorizer" in resolve(source, JWT).resources


def test_a_string_keeps_what_only_looks_like_a_variable() -> None:
    output = _output({"Fn::Sub": "$default $NAME ${!literal} ${AWS::Region}"})

    assert output == "$default $NAME ${literal} us-east-1"


def test_a_changed_layer_publishes_a_version() -> None:
    before, after = read(), read()
    after["Resources"]["RealtimeLayer"]["Properties"]["ContentUri"] = "elsewhere"

    assert _version(resolve(before)) != _version(resolve(after))


def test_a_changed_parameter_replaces_the_version() -> None:
    source = read()

    assert _version(resolve(source)) != _version(resolve(source, {"UnknownFields": "forward"}))


def _output(value: Any) -> Any:
    source = copy.deepcopy(read())
    source["Outputs"]["Probe"] = {"Description": "probe", "Value": value}
    return resolve(source).outputs["Probe"]


def _version(stack: Any) -> tuple[str, str]:
    """What makes CloudFormation publish: another logical id, or a property that replaces."""
    ((logical_id, version),) = stack.of_type("AWS::Lambda::Version").items()
    return logical_id, version["Description"]
