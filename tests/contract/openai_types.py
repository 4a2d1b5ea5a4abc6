"""OpenAI's own request types as a tree: the TypedDicts of the installed `openai` package, walked.

Imports nothing of this project, so that it can run where only `openai` is installed:
`python tests/contract/openai_types.py` prints the trees as JSON.

A node is a dict with a `kind`: `object` (`fields`: name to `required` and `of`), `array` and `map`
(`of`), `union` (`arms`), `literal` (`values`), or a bare `string`, `integer`, `number`, `boolean`,
`null`, `any`.
"""

import collections.abc
import json
import sys
import types
import typing
from typing import Any

import typing_extensions

Node = dict[str, Any]

_SCALARS: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
    object: "any",
    Any: "any",
}


def trees() -> dict[str, Node]:
    """The bodies of both calls: `realtime` and `translation`."""
    from openai.types.realtime import ClientSecretCreateParams
    from openai.types.realtime.translations import ClientSecretCreateParams as Translation

    return {"realtime": tree_of(ClientSecretCreateParams), "translation": tree_of(Translation)}


def tree_of(hint: Any) -> Node:
    """The tree of a type."""
    if hint in _SCALARS:
        return {"kind": _SCALARS[hint]}
    if typing_extensions.is_typeddict(hint):
        return _object(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union([tree_of(argument) for argument in arguments])
    if origin in (typing.Literal, typing_extensions.Literal):
        return {"kind": "literal", "values": list(arguments)}
    if origin in (dict, collections.abc.Mapping):
        return {"kind": "map", "of": tree_of(arguments[1])}
    if origin in (list, collections.abc.Iterable) or "Sequence" in str(origin):
        return {"kind": "array", "of": tree_of(arguments[0])}
    raise TypeError(f"no idea how to walk {hint!r}")


def _object(hint: Any) -> Node:
    hints = typing_extensions.get_type_hints(hint, include_extras=True)
    fields = {
        name: {"required": _is_required(hint, name, field), "of": tree_of(_bare(field))}
        for name, field in hints.items()
    }
    return {"kind": "object", "name": hint.__name__, "fields": fields}


def _is_required(hint: Any, name: str, field: Any) -> bool:
    # The class cannot see `Required` in annotations that were strings when it was made.
    origin = typing.get_origin(field)
    if origin in (typing_extensions.Required, typing_extensions.NotRequired):
        return origin is typing_extensions.Required
    return name in hint.__required_keys__


def _bare(field: Any) -> Any:
    while typing.get_origin(field) in (
        typing_extensions.Required,
        typing_extensions.NotRequired,
        typing_extensions.Annotated,
    ):
        field = typing.get_args(field)[0]
    return field


def _union(arms: list[Node]) -> Node:
    """A union without unions in it. A string beside literals is an open enum: a string."""
    flat: list[Node] = []
    for arm in arms:
        flat.extend(arm["arms"] if arm["kind"] == "union" else [arm])
    if {"kind": "string"} in flat:
        flat = [
            arm
            for arm in flat
            if arm["kind"] != "literal" or not all(isinstance(v, str) for v in arm["values"])
        ]
    unique = [arm for index, arm in enumerate(flat) if arm not in flat[:index]]
    return unique[0] if len(unique) == 1 else {"kind": "union", "arms": unique}


if __name__ == "__main__":
    json.dump(trees(), sys.stdout)
