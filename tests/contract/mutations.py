"""Single changes that make a valid body wrong, each with the path and code OpenAI would give.

Imports nothing of this project.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.contract.bodies import is_required
from tests.contract.constraints import (
    ALSO_NULL,
    FORMS,
    FREE_OBJECTS,
    MCP_SERVERS,
    NO_TURN_DETECTION,
    NOT_EMPTY,
    RANGES,
)

Node = dict[str, Any]
Steps = tuple[str | int, ...]

_GONE = object()
_WRONG: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "integer": 7,
    "number": 7.5,
    "string": "zz",
    "array": [],
    "object": {},
}


@dataclass(frozen=True)
class Mutation:
    """One change.

    Attributes:
        what: Its kind, such as `wrong type`.
        steps: Where it is made.
        value: What is put there; nothing, when the field is taken away.
        param: The path that the refusal must name.
        code: The code it must have.
    """

    what: str
    steps: Steps
    value: Any
    param: str
    code: str

    def applied_to(self, node: Any, steps: Steps | None = None) -> Any:
        """A copy of the body with the change."""
        steps = self.steps if steps is None else steps
        if not steps:
            return self.value
        copy = node.copy()
        if len(steps) == 1 and self.value is _GONE:
            del copy[steps[0]]
        else:
            below = node[steps[0]] if len(steps) > 1 else None
            copy[steps[0]] = self.applied_to(below, steps[1:])
        return copy


def mutations(tree: Node, body: dict[str, Any]) -> list[Mutation]:
    """All single mutations of a valid *body* of the call whose type is *tree*."""
    return [*_of(tree, body, (), {}), *_of_the_whole(body)]


def _of(node: Node, value: Any, steps: Steps, parent: Any) -> Iterator[Mutation]:
    arm = _arm(node, value)
    if steps:
        yield from _of_type(node, steps)
        yield from _of_value(node, value, steps)
    if arm["kind"] == "object" and isinstance(value, dict):
        yield from _of_object(arm, value, steps)
    elif arm["kind"] == "array" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _of(arm["of"], item, (*steps, index), value)
    elif arm["kind"] == "map" and isinstance(value, dict):
        for key, item in value.items():
            yield from _of(arm["of"], item, (*steps, key), value)


def _of_type(node: Node, steps: Steps) -> Iterator[Mutation]:
    place, param = pattern(steps), path(steps)
    taken = _taken(node, place)
    for kind, wrong in _WRONG.items():
        if kind not in taken:
            yield Mutation("wrong type", steps, wrong, param, "invalid_type")


def _of_value(node: Node, value: Any, steps: Steps) -> Iterator[Mutation]:
    place, param = pattern(steps), path(steps)
    kinds = _kinds(node)
    if place in RANGES:
        number = "decimal" if "number" in kinds else "integer"
        low, high = RANGES[place]
        if low is not None:
            yield Mutation("too low", steps, low - 1, param, f"{number}_below_min_value")
        if high is not None:
            yield Mutation("too high", steps, high + 1, param, f"{number}_above_max_value")
    if "literal" in kinds and "string" not in kinds and isinstance(value, str):
        yield Mutation("no such value", steps, "zz", param, "invalid_value")
    if place in NOT_EMPTY:
        yield Mutation("empty array", steps, [], param, "empty_array")
    if place in FORMS:
        yield Mutation("wrong form", steps, FORMS[place][1], param, "invalid_value")


def _of_object(node: Node, value: dict[str, Any], steps: Steps) -> Iterator[Mutation]:
    unknown = (*steps, "zz_unknown")
    yield Mutation("unknown key", unknown, 1, path(unknown), "unknown_parameter")
    for name, field in node["fields"].items():
        below = (*steps, name)
        if name in value:
            yield from _of(field["of"], value[name], below, value)
            if is_required(node, name):
                yield Mutation("missing", below, _GONE, path(below), "missing_required_parameter")


def _of_the_whole(body: dict[str, Any]) -> Iterator[Mutation]:
    session = body.get("session")
    if not isinstance(session, dict):
        return
    if "output_modalities" in session:
        steps: Steps = ("session", "output_modalities")
        yield Mutation("both modalities", steps, ["text", "audio"], path(steps), "invalid_value")
    for index, tool in enumerate(session.get("tools", ())):
        steps = ("session", "tools", index)
        bare = {key: value for key, value in tool.items() if key not in MCP_SERVERS}
        if tool.get("type") == "mcp":
            param = f"{path(steps)}.server_url"
            yield Mutation("no MCP server", steps, bare, param, "missing_required_parameter")
    yield from _of_turn_detection(session)


def _of_turn_detection(session: dict[str, Any]) -> Iterator[Mutation]:
    audio_input = session.get("audio", {}).get("input", {})
    steps: Steps = ("session", "audio", "input", "turn_detection")
    if (audio_input.get("turn_detection") or {}).get("type") == "server_vad":
        below = (*steps, "eagerness")
        yield Mutation("eagerness", below, "low", path(below), "unknown_parameter")
    model = (audio_input.get("transcription") or {}).get("model")
    if session.get("type") == "transcription" and model in NO_TURN_DETECTION:
        yield Mutation("VAD", steps, {"type": "server_vad"}, path(steps), "invalid_value")


def _arm(node: Node, value: Any) -> Node:
    """The arm of a union that *value* is of: by JSON type, and by `type`."""
    if node["kind"] != "union":
        return node
    for arm in node["arms"]:
        if arm["kind"] == "object" and isinstance(value, dict):
            names = arm["fields"].get("type", {}).get("of", {}).get("values", ())
            required = all(name in value for name in arm["fields"] if is_required(arm, name))
            if required and ("type" not in value or not names or value["type"] in names):
                return dict(arm)
        elif (arm["kind"] == "array") == isinstance(value, list) and arm["kind"] != "object":
            return dict(arm)
    return {"kind": "null"}


def _kinds(node: Node) -> set[str]:
    if node["kind"] == "union":
        return {kind for arm in node["arms"] for kind in _kinds(arm)}
    return {node["kind"]}


def _taken(node: Node, place: str) -> set[str]:
    """The JSON types that are not wrong here."""
    if place in FREE_OBJECTS:
        return {"object"}
    kinds = {"object" if kind == "map" else kind for kind in _kinds(node)}
    if "any" in kinds:
        return set(_WRONG)
    if "number" in kinds:
        kinds.add("integer")
    if "literal" in kinds:
        kinds.add("integer" if place in RANGES else "string")
    if place == "session.max_output_tokens":
        kinds.add("string")
    return kinds | ({"null"} if place in ALSO_NULL else set())


def path(steps: Steps) -> str:
    """`session.tools[0].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def pattern(steps: Steps) -> str:
    """`session.tools[].name`: the path without indexes."""
    text = "".join("[]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")
