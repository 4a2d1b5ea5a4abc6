"""The nodes that a description of a JSON body is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string; one of `values` where they are given."""

    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number between `low` and `high`; a whole one where `whole`."""

    low: float | None = None
    high: float | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """An array of `item`, at least `least` long."""

    item: "Node"
    least: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """An object with these fields and no others."""

    fields: Mapping[str, "Node"]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """An object with any keys, each value a `value`."""

    value: "Node"


@dataclass(frozen=True, slots=True)
class Tagged:
    """An object whose `type` says which record it is; `default` where `type` may be left out."""

    records: Mapping[str, Record]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """One of several nodes, told apart by JSON type."""

    nodes: tuple["Node", ...] = field(default=())


@dataclass(frozen=True, slots=True)
class OrNull:
    """`null`, or the node."""

    node: "Node"


Node = Anything | Text | Flag | Number | Items | Record | Table | Tagged | Either | OrNull


def record(*required: str, **fields: Node) -> Record:
    """An object with *fields*, of which some are *required*."""
    return Record(fields, required)


def tagged(records: Mapping[str, Record], default: str | None = None) -> Tagged:
    """An object told by its `type`, which each of the *records* then also has as a field."""
    typed = {
        name: Record({"type": Text((name,)), **record.fields}, record.required)
        for name, record in records.items()
    }
    return Tagged(typed, default)
