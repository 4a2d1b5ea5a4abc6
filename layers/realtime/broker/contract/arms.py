"""Which arm of a union a value is judged by; what `one_of.OneOf` says, without Pydantic."""

from collections.abc import Callable, Sequence
from typing import Any

SHAPES = ("string", "number", "array", "object")
_SHAPE_OF: tuple[tuple[type, str], ...] = (
    (str, "string"),
    (list, "array"),
    (int, "number"),
    (float, "number"),
)


def tags_of(arms: Sequence[str]) -> dict[str, int]:
    """A tag for each arm.

    Pydantic puts the arm's tag into an error's path. The tags are negative numbers, which no key
    and no array index can be, so they come out again whatever the keys are called.
    """
    return {name: -number for number, name in enumerate(arms, start=1)}


def arm_finder(arms: Sequence[str], *, untyped: str, unless: str) -> Callable[[Any], int | None]:
    """A function from a value to the tag of its arm, None where it fits none.

    Args:
        arms: Names, as in `OneOf`.
        untyped: As in `OneOf`.
        unless: As in `OneOf`.
    """
    tags = tags_of(arms)

    def tag_of(value: Any) -> int | None:
        if not isinstance(value, dict):
            shape = next((shape for of, shape in _SHAPE_OF if isinstance(value, of)), "")
            return tags.get(shape)
        if "object" in tags:
            return tags["object"]
        name = value.get("type", "" if unless in value else untyped)
        return tags.get(name) if isinstance(name, str) and name not in SHAPES else None

    return tag_of
