"""Hypothesis strategies: bodies that OpenAI's types allow. Imports nothing of this project."""

from typing import Any

from hypothesis import strategies as st

from tests.contract.constraints import (
    ALSO_NULL,
    ALSO_REQUIRED,
    FORMS,
    FREE_OBJECTS,
    NOT_EMPTY,
    NOT_SURELY_REQUIRED,
    RANGES,
    made_consistent,
)

Node = dict[str, Any]

TEXT = st.text(max_size=6)
NAMES = st.text(min_size=1, max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT | st.sampled_from(["alloy", "gpt-realtime", "gpt-realtime-whisper", "en"]),
    "boolean": st.booleans(),
    "null": st.none(),
    "any": JSON,
}


def bodies(tree: Node) -> st.SearchStrategy[dict[str, Any]]:
    """Valid bodies of the call whose type is *tree*."""
    return _values(tree, "").map(made_consistent)


def _values(node: Node, path: str) -> st.SearchStrategy[Any]:
    values = _typed(node, path)
    return st.none() | values if path in ALSO_NULL else values


def _typed(node: Node, path: str) -> st.SearchStrategy[Any]:
    kind = node["kind"]
    if path in FORMS:
        return st.just(FORMS[path][0])
    if path in FREE_OBJECTS:
        return st.dictionaries(NAMES, JSON, max_size=2)
    if path in RANGES and kind in ("integer", "number", "literal"):
        return _number(path, whole=kind != "number")
    if kind in ("integer", "number"):
        return _number(path, whole=kind == "integer")
    if kind == "object":
        return _object(node, path)
    if kind == "array":
        least = 1 if path in NOT_EMPTY else 0
        return st.lists(_values(node["of"], f"{path}[]"), min_size=least, max_size=3)
    if kind == "map":
        return st.dictionaries(NAMES, _values(node["of"], f"{path}.*"), max_size=3)
    if kind == "union":
        return st.one_of(*(_values(arm, path) for arm in node["arms"]))
    if kind == "literal":
        return st.sampled_from(node["values"])
    return _SCALARS[kind]


def _number(path: str, *, whole: bool) -> st.SearchStrategy[Any]:
    low, high = RANGES.get(path, (-5, 5000))
    high = 10**6 if high is None else high
    assert low is not None
    lowest, highest = int(-(-low // 1)), int(high)
    integers = st.sampled_from([lowest, highest]) | st.integers(lowest, highest)
    # In JSON, 600.0 is an integer, and 1 a number.
    decimals = st.sampled_from([low, high]) | st.floats(low, high)
    return integers | (integers.map(float) if whole else decimals)


def _object(node: Node, path: str) -> st.SearchStrategy[dict[str, Any]]:
    required, optional = {}, {}
    for name, field in node["fields"].items():
        values = _values(field["of"], f"{path}.{name}" if path else name)
        if is_required(node, name):
            required[name] = values
        else:
            optional[name] = values
    return st.fixed_dictionaries(required, optional=optional)


def is_required(node: Node, name: str) -> bool:
    """Whether an object of this type must have the field."""
    place = (node["name"], name)
    by_type = node["fields"][name]["required"] and place not in NOT_SURELY_REQUIRED
    return by_type or place in ALSO_REQUIRED
