"""Rules about functions: their logs, variables, versions and time."""

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from broker.settings import UPSTREAM_BUDGET_S, Settings
from rotation.settings import Settings as RotationSettings
from tests.template.cloudformation import MAIN, ROTATION, Stack
from tests.template.rules.registry import parameters_of, rule, written


def _read_by_the_console(variables: Mapping[str, str]) -> object:
    # Every function's module is called `app`.
    path = Path(__file__).parents[3] / "functions/console/app.py"
    spec = importlib.util.spec_from_file_location("console_app", path)
    assert spec is not None
    assert spec.loader is not None
    console = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(console)
    return console.Settings.from_env(variables)


# Reads the variables of each function; a function that is not listed has none.
READERS: dict[str, Callable[[Mapping[str, str]], object]] = {
    "ClientSecretsFunction": Settings.from_env,
    "ConsoleFunction": _read_by_the_console,
    "RotateApiKeyFunction": RotationSettings.from_env,
}


@rule(MAIN, ROTATION)
def every_function_has_a_log_group(stack: Stack) -> Iterator[str]:
    groups = [group["LogGroupName"] for group in stack.of_type("AWS::Logs::LogGroup").values()]
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        if function.get("LoggingConfig", {}).get("LogGroup") not in groups:
            yield f"{name} logs to a group that is not in the template"


@rule(MAIN, ROTATION)
def every_log_group_expires(stack: Stack) -> Iterator[str]:
    for name, group in stack.of_type("AWS::Logs::LogGroup").items():
        if str(group.get("RetentionInDays")) != stack.parameters["LogRetentionDays"]:
            yield f"{name} does not follow LogRetentionDays"


@rule(MAIN, ROTATION)
def the_variables_are_those_that_are_read(stack: Stack) -> Iterator[str]:
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        variables = function.get("Environment", {}).get("Variables", {})
        recorded = _Recorded(variables)
        try:
            if name in READERS:
                READERS[name](recorded)
        except KeyError as exc:
            yield f"{name} lacks {exc}"
        except ValueError as exc:
            yield f"{name} cannot start: {exc}"
        yield from (f"{name} never reads {unread}" for unread in variables.keys() - recorded.read)


@rule(MAIN)
def a_change_publishes_a_version(stack: Stack) -> Iterator[str]:
    for name, function in written(stack, "AWS::Serverless::Function"):
        properties = function["Properties"]
        # These belong to the function or to its alias, everything else to the version.
        unversioned = ("ReservedConcurrentExecutions", "DeploymentPreference", "VersionDescription")
        versioned = {k: v for k, v in properties.items() if k not in unversioned}
        unseen = parameters_of(stack, versioned) - parameters_of(
            stack, properties.get("VersionDescription")
        )
        yield from (f"{name} would not notice a changed {parameter}" for parameter in unseen)
        if not properties.get("AutoPublishAliasAllProperties"):
            yield f"{name} publishes changed code only"
    layers = [*written(stack, "AWS::Serverless::LayerVersion")]
    globally = stack.source.get("Globals", {}).get("LayerVersion", {}).get("PublishLambdaVersion")
    for name, layer in layers:
        if not layer["Properties"].get("PublishLambdaVersion", globally):
            yield f"a changed {name} publishes no version"


@rule(MAIN, ROTATION)
def bytecode_is_shipped(stack: Stack) -> Iterator[str]:
    for kind in ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion"):
        for name, part in written(stack, kind):
            if part.get("Metadata", {}).get("BuildMethod") != "makefile":
                yield f"{name} is built without its recipe, so without bytecode"


@rule(MAIN)
def whoever_waits_longest_answers_last(stack: Stack) -> Iterator[str]:
    timeouts_s = {
        name: function.get("Timeout", 3)
        for name, function in stack.of_type("AWS::Lambda::Function").items()
    }
    if timeouts_s.get("ClientSecretsFunction", 3) <= UPSTREAM_BUDGET_S:
        yield "the function gives up before OpenAI does"
    for name, integration in stack.of_type("AWS::ApiGatewayV2::Integration").items():
        # 30 s is the most that an HTTP API waits.
        if (
            not max(timeouts_s.values()) * 1000
            < integration.get("TimeoutInMillis", 30_000)
            < 30_000
        ):
            yield f"{name} does not outwait the function"


class _Recorded(dict[str, str]):
    """An environment that remembers what was read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(variables)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)
