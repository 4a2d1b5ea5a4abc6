"""How a union picks its arm: by JSON shape, or by the value of `type`; never by trying."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import core_schema

# Every object of the contract: no coercion, and a key it does not know is an error.
STRICT = ConfigDict(strict=True, extra="forbid")

SHAPES = ("string", "number", "array", "object")


class OneOf:
    """Marks a union whose arm is known before it is judged.

    A union that is tried arm by arm reports the errors of all arms. Here the value itself names its
    arm, so there is one error with one path. Pydantic puts the arm's tag into that path; the tags
    are negative numbers, which no key and no array index can be, so they come out again whatever
    the keys are called.
    """

    def __init__(self, *, untyped: Mapping[str, str] | None = None, **arms: Any) -> None:
        """Name the arms.

        Args:
            untyped: Key to arm: an object without `type` is of the arm whose key it has. Without,
                `type` is required.
            arms: Name to type. The name is a JSON shape (`string`, `number`, `array`, `object`) or
                a value of `type`.
        """
        self.untyped = untyped or {}
        self.arms: Mapping[str, Any] = arms

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A tagged union whose own error says which shapes and types there are."""
        tags = {name: -number for number, name in enumerate(self.arms, start=1)}

        def tag_of(value: Any) -> int | None:
            return tags.get(_arm_name(value, self.untyped, any_object="object" in tags))

        return core_schema.tagged_union_schema(
            {tags[name]: handler.generate_schema(arm) for name, arm in self.arms.items()},
            discriminator=tag_of,
            custom_error_type="one_of",
            custom_error_message="No arm of the union takes this value",
            custom_error_context={
                "shapes": " ".join(name for name in self.arms if name in SHAPES),
                "types": " ".join(name for name in self.arms if name not in SHAPES),
            },
        )


def _arm_name(value: Any, untyped: Mapping[str, str], *, any_object: bool) -> str:
    if isinstance(value, dict):
        if any_object:
            return "object"
        if "type" not in value:
            return next((arm for key, arm in untyped.items() if key in value), "")
        name = value["type"]
        return name if isinstance(name, str) and name not in SHAPES else ""
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return ""
