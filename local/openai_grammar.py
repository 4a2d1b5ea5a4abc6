"""OpenAI's errors: the first thing wrong with a body, worded as the live API words it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.openai_nodes import (
    Anything,
    Either,
    Flag,
    Items,
    Node,
    Number,
    OrNull,
    Record,
    Table,
    Tagged,
    Text,
)
from local.openai_schema import REALTIME_BODY, TRANSLATION_BODY

# Transcription models that do their own turn taking.
WITHOUT_TURN_DETECTION = ("gpt-live-transcribe", "gpt-realtime-whisper")


@dataclass(frozen=True, slots=True)
class Fault:
    """One violation: OpenAI's `error.code`, `error.message` and `error.param`."""

    code: str
    message: str
    param: str | None


def fault_in(body: object, *, translation: bool) -> Fault | None:
    """The first fault of a parsed body, or None when OpenAI would take it."""
    node = TRANSLATION_BODY if translation else REALTIME_BODY
    return next(_faults(node, body, ""), None) or next(_combination_faults(body), None)


def _faults(node: Node, value: Any, path: str) -> Iterator[Fault]:
    match node:
        case Anything():
            return
        case OrNull():
            if value is not None:
                yield from _faults(node.node, value, path)
        case Either():
            chosen = next((each for each in node.nodes if _has_type(each, value)), None)
            if chosen is None:
                yield _wrong_type(node, value, path)
            else:
                yield from _faults(chosen, value, path)
        case _ if not _has_type(node, value):
            yield _wrong_type(node, value, path)
        case Text():
            if node.values and value not in node.values:
                yield _not_one_of(node.values, value, path)
        case Number():
            yield from _range_faults(node, value, path)
        case Items():
            yield from _item_faults(node, value, path)
        case Table():
            for key, each in value.items():
                yield from _faults(node.value, each, f"{path}.{key}")
        case Tagged():
            yield from _tagged_faults(node, value, path)
        case Record():
            yield from _record_faults(node, value, path)


def _item_faults(node: Items, value: list[Any], path: str) -> Iterator[Fault]:
    if len(value) < node.least:
        yield Fault(
            "empty_array",
            f"Invalid '{path}': empty array. Expected an array with minimum length {node.least}, "
            "but got an empty array instead.",
            path,
        )
    for index, each in enumerate(value):
        yield from _faults(node.item, each, f"{path}[{index}]")


def _tagged_faults(node: Tagged, value: dict[str, Any], path: str) -> Iterator[Fault]:
    tag_path = f"{path}.type"
    tag = value.get("type", node.default)
    if tag is None and "type" not in value:
        yield _missing(tag_path)
    elif not isinstance(tag, str):
        yield _wrong_type(Text(), tag, tag_path)
    elif tag not in node.records:
        yield _not_one_of(tuple(node.records), tag, tag_path)
    else:
        yield from _record_faults(node.records[tag], value, path)


def _record_faults(node: Record, value: dict[str, Any], path: str) -> Iterator[Fault]:
    prefix = f"{path}." if path else ""
    for name in value:
        if name not in node.fields:
            message = f"Unknown parameter: '{prefix}{name}'."
            yield Fault("unknown_parameter", message, f"{prefix}{name}")
    for name in node.required:
        if name not in value:
            yield _missing(prefix + name)
    for name, each in value.items():
        if name in node.fields:
            yield from _faults(node.fields[name], each, prefix + name)


def _range_faults(node: Number, value: float, path: str) -> Iterator[Fault]:
    kind = "integer" if node.whole else "decimal"
    if node.low is not None and value < node.low:
        yield Fault(
            f"{kind}_below_min_value",
            f"Invalid '{path}': {kind} below minimum value. "
            f"Expected a value >= {node.low}, but got {value} instead.",
            path,
        )
    if node.high is not None and value > node.high:
        yield Fault(
            f"{kind}_above_max_value",
            f"Invalid '{path}': {kind} above maximum value. "
            f"Expected a value <= {node.high}, but got {value} instead.",
            path,
        )


def _combination_faults(body: Any) -> Iterator[Fault]:
    session = (body.get("session") if isinstance(body, dict) else None) or {}
    if sorted(session.get("output_modalities", [])) == ["audio", "text"]:
        yield Fault(
            "invalid_value",
            "Invalid modalities: ['audio', 'text']. "
            "Supported combinations are: ['text'] and ['audio'].",
            "session.output_modalities",
        )
    heard = session.get("audio", {}).get("input", {})
    model = (heard.get("transcription") or {}).get("model")
    if model in WITHOUT_TURN_DETECTION and heard.get("turn_detection"):
        yield Fault(
            "invalid_value",
            "Turn detection is not supported for this transcription model.",
            "session.audio.input.turn_detection",
        )
    for index, tool in enumerate(session.get("tools", [])):
        addresses = ("server_url", "connector_id", "tunnel_id")
        if tool["type"] == "mcp" and not any(tool.get(name) for name in addresses):
            yield _missing(f"session.tools[{index}].server_url")


def _has_type(node: Node, value: object) -> bool:
    match node:
        case Text():
            return isinstance(value, str)
        case Flag():
            return isinstance(value, bool)
        case Number():
            kinds = (int,) if node.whole else (int, float)
            return isinstance(value, kinds) and not isinstance(value, bool)
        case Items():
            return isinstance(value, list)
        case Record() | Table() | Tagged():
            return isinstance(value, dict)
        case OrNull():
            return value is None or _has_type(node.node, value)
        case Either():
            return any(_has_type(each, value) for each in node.nodes)
        case Anything():
            return True


def _type_name(node: Node) -> str:
    match node:
        case Text():
            return "a string"
        case Flag():
            return "a boolean"
        case Number():
            return "an integer" if node.whole else "a decimal"
        case Items():
            return f"an array of {_type_name(node.item).partition(' ')[2]}s"
        case Either():
            names = [_type_name(each) for each in node.nodes]
            return f"one of {' or '.join(names)}"
        case OrNull():
            return _type_name(node.node)
        case _:
            return "an object"


def _name_of(value: object) -> str:
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal",
        str: "a string",
        list: "an array",
        dict: "an object",
        type(None): "null",
    }
    return names[type(value)]


def _missing(path: str) -> Fault:
    return Fault("missing_required_parameter", f"Missing required parameter: '{path}'.", path)


def _wrong_type(node: Node, value: object, path: str) -> Fault:
    message = f"expected {_type_name(node)}, but got {_name_of(value)} instead."
    return Fault("invalid_type", f"Invalid type for '{path}': {message}", path or None)


def _not_one_of(values: tuple[str, ...], value: object, path: str) -> Fault:
    quoted = [f"'{each}'" for each in values]
    joined = quoted[0]
    if len(quoted) > 1:
        comma = "," if len(quoted) > 2 else ""
        joined = f"{', '.join(quoted[:-1])}{comma} and {quoted[-1]}"
    message = f"Invalid value: '{value}'. Supported values are: {joined}."
    return Fault("invalid_value", message, path)
