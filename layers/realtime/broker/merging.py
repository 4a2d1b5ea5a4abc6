"""The one rule by which an operator's values and a caller's become one body.

Objects are merged key by key, and the caller's value wins. Everything else, arrays and `null`
included, is replaced whole. So is an object whose `type` the caller changes: what went with the old
type would not go with the new. docs/api.md has the rule as a table, which the tests execute.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

# Keys from the top of the body.
Path = tuple[str, ...]

_ABSENT = object()


def merged(under: Any, over: Any) -> Any:
    """*over* on top of *under*; neither is changed, parts of both are in the result."""
    if not _same_kind_of_object(under, over):
        return over
    result = dict(under)
    for key, value in over.items():
        result[key] = merged(under[key], value) if key in under else value
    return result


def changes(under: Any, over: Any, path: Path = ()) -> Iterator[Path]:
    """Where *over* says something that *under* does not: the deepest paths."""
    if isinstance(over, Mapping) and isinstance(under, Mapping):
        for key, value in over.items():
            yield from changes(under.get(key, _ABSENT), value, (*path, key))
    elif isinstance(over, Mapping) and over and under is _ABSENT:
        for key, value in over.items():
            yield from changes(_ABSENT, value, (*path, key))
    elif not same(under, over):
        yield path


def contradictions(locked: Any, given: Any, path: Path = ()) -> Iterator[Path]:
    """Where *given* does not say what *locked* says: the deepest paths."""
    if isinstance(locked, Mapping) and isinstance(given, Mapping):
        for key, value in locked.items():
            yield from contradictions(value, given.get(key, _ABSENT), (*path, key))
    elif not same(locked, given):
        yield path


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; in Python `True == 1`, in JSON they are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        pairs = itertools.zip_longest(one, other, fillvalue=_ABSENT)
        return all(same(*pair) for pair in pairs)
    return bool(one == other)


def shown(path: Path) -> str:
    """A path as OpenAI writes it, such as `session.audio.output.voice`."""
    return ".".join(path)


def _same_kind_of_object(under: Any, over: Any) -> bool:
    if not isinstance(under, Mapping) or not isinstance(over, Mapping):
        return False
    return "type" not in under or "type" not in over or same(under["type"], over["type"])
