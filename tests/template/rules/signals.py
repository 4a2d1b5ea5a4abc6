"""Rules about alarms and the dashboard: what they watch exists, and the runbook explains it."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from broker.metrics import METRICS, NAMESPACE
from tests.template.cloudformation import MAIN, ROOT, ROTATION, Stack, read, resolve
from tests.template.rules.registry import rule, template_of

RUNBOOK = ROOT / "docs/operations.md"
# Dimensions of AWS's own metrics; another one is a line here, after a look at its source.
# Source: "Monitor CloudWatch metrics for HTTP APIs", API Gateway Developer Guide.
_HTTP_API = ("ApiId", "Stage")
# Source: "Types of metrics for Lambda functions", Lambda Developer Guide: Resource is
# `function:alias`, ExecutedVersion one of the two versions of an alias that shifts its traffic.
_ALIAS = ("FunctionName", "Resource")
AWS_METRICS: dict[tuple[str, str], list[tuple[str, ...]]] = {
    ("AWS/ApiGateway", "4xx"): [_HTTP_API],
    ("AWS/ApiGateway", "5xx"): [_HTTP_API],
    ("AWS/ApiGateway", "Count"): [_HTTP_API],
    ("AWS/ApiGateway", "Latency"): [_HTTP_API],
    ("AWS/Lambda", "Errors"): [("FunctionName",), _ALIAS, (*_ALIAS, "ExecutedVersion")],
    ("AWS/Lambda", "Throttles"): [("FunctionName",), _ALIAS],
    ("AWS/Lambda", "ConcurrentExecutions"): [("FunctionName",), _ALIAS],
    # Source: "Monitoring Amazon EventBridge", EventBridge User Guide: RuleName alone is a rule of
    # the default bus.
    ("AWS/Events", "TriggeredRules"): [("RuleName",)],
}
# What the dimensions must be in these stacks: a wrong one watches nothing, in silence.
_VALUES = {
    MAIN: {
        "service": "minting",
        "ApiId": "HttpApi",
        "Stage": "$default",
        "FunctionName": "ClientSecretsFunction",
        "Resource": "ClientSecretsFunction:live",
        "ExecutedVersion": "1",
        "version": "1",
    },
    ROTATION: {
        "service": "minting",
        "FunctionName": "RotateApiKeyFunction",
        "RuleName": "minting-RotationFailedRule",
    },
}
# Namespace, name, dimensions.
Watched = tuple[str, str, dict[str, str]]


def alarms(stack: Stack) -> dict[str, dict[str, Any]]:
    """Every alarm of the stack and its parts, by logical id."""
    found = dict(stack.of_type("AWS::CloudWatch::Alarm"))
    for part in stack.parts.values():
        found |= part.of_type("AWS::CloudWatch::Alarm")
    return found


def watched(alarm: dict[str, Any]) -> Iterator[Watched]:
    """The metrics that an alarm is about."""
    inner = [
        each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each
    ]
    for metric in inner or [alarm]:
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
        yield metric.get("Namespace", ""), metric.get("MetricName", ""), dimensions


def shown(body: str) -> Iterator[Watched]:
    """The metrics of a dashboard."""
    for widget in json.loads(body)["widgets"]:
        for metric in widget["properties"]["metrics"]:
            namespace, name, *rest = [each for each in metric if isinstance(each, str)]
            yield namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))


@cache
def _entries() -> set[str]:
    return set(re.findall(r"(?m)^### `([a-z-]+)`$", RUNBOOK.read_text()))


def _entry(name: str) -> str:
    """The alarm's name without the stack's before it and the version's after it."""
    return name.removeprefix("minting-").removesuffix("-1")


@cache
def _names_elsewhere(template: Path) -> set[str]:
    """The alarms of the other templates, which the runbook explains as well."""
    others = {MAIN, ROTATION} - {template}
    stacks = [resolve(read(other)) for other in others]
    return {alarm["AlarmName"] for stack in stacks for alarm in alarms(stack).values()}


def _filtered(stack: Stack) -> Iterator[tuple[str, str, set[str]]]:
    """Namespace, name and dimensions of what is counted in the stack's logs."""
    for metric_filter in stack.of_type("AWS::Logs::MetricFilter").values():
        for made in metric_filter["MetricTransformations"]:
            dimensions = {each["Key"] for each in made.get("Dimensions", ())}
            yield made["MetricNamespace"], made["MetricName"], dimensions


def _wrong(metric: Watched, stack: Stack) -> str | None:
    namespace, name, dimensions = metric
    if namespace == NAMESPACE:
        known = [{"service", *METRICS[name].dimensions}] if name in METRICS else []
    else:
        known = [set(each) for each in AWS_METRICS.get((namespace, name), [])]
        known += [keys for *made, keys in _filtered(stack) if made == [namespace, name]]
    if set(dimensions) not in known:
        return f"{namespace} {name} by {sorted(dimensions)}"
    values = _VALUES[template_of(stack)]
    other = {key for key, value in dimensions.items() if value != values.get(key, value)}
    return f"{namespace} {name} of another {sorted(other)}" if other else None


@rule(MAIN, ROTATION)
def alarms_watch_what_exists(stack: Stack) -> Iterator[str]:
    for name, alarm in alarms(stack).items():
        for metric in watched(alarm):
            if wrong := _wrong(metric, stack):
                yield f"{name} watches {wrong}"


@rule(MAIN)
def the_dashboard_shows_what_exists(stack: Stack) -> Iterator[str]:
    parts = stack.parts.values()
    boards = [
        board for part in parts for board in part.of_type("AWS::CloudWatch::Dashboard").values()
    ]
    if len(boards) != (stack.parameters["Dashboard"] == "true"):
        yield f"there are {len(boards)} dashboards"
    for board in boards:
        found = [*shown(board["DashboardBody"])]
        yield from (f"it shows {wrong}" for each in found if (wrong := _wrong(each, stack)))
        missing = METRICS.keys() - {name for _, name, _ in found}
        # A bug has no dashboard; it has an alarm.
        yield from (f"it does not show {name}" for name in missing - {"InternalError"})


@rule(MAIN, ROTATION)
def alarms_are_calm_without_data_and_tell_the_topic(stack: Stack) -> Iterator[str]:
    topic = [each for each in [stack.parameters["AlarmTopicArn"]] if each]
    for name, alarm in alarms(stack).items():
        if alarm.get("TreatMissingData") != "notBreaching":
            yield f"{name} is raised where nobody calls"
        for moment in ("AlarmActions", "OKActions"):
            if alarm.get(moment, []) != topic:
                yield f"{name} tells {alarm.get(moment)} at {moment}"


@rule(MAIN, ROTATION)
def every_alarm_has_an_entry_in_the_runbook(stack: Stack) -> Iterator[str]:
    entries = _entries()
    names = {name: alarm["AlarmName"] for name, alarm in alarms(stack).items()}
    for name, full in names.items():
        entry = _entry(full)
        if entry == full or entry not in entries:
            yield f"{name}: docs/operations.md has no entry {entry}"
        if f"docs/operations.md, {entry}." not in alarms(stack)[name]["AlarmDescription"]:
            yield f"{name} does not lead to its entry"
    alarmed = {*names.values(), *_names_elsewhere(template_of(stack))}
    for orphan in entries - set(map(_entry, alarmed)):
        yield f"docs/operations.md explains {orphan}, which is no alarm"


@rule(MAIN)
def parts_get_what_they_ask_for(stack: Stack) -> Iterator[str]:
    if "Alarms" not in stack.parts:
        yield "there are no alarms"
    for name, part in stack.parts.items():
        yield from (f"{name}: {problem}" for problem in part.unresolved + part.refused)
        for parameter in part.source["Parameters"].keys() - part.parameters.keys():
            yield f"{name} lacks {parameter}"
        # A nested stack with a macro needs a capability that samconfig.toml does not give.
        if "Transform" in part.source:
            yield f"{name} has a transform"
