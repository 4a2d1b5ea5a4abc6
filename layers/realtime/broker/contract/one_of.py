"""How a union picks its arm: by JSON shape, or by the value of `type`; never by trying."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import core_schema

from broker.contract.arms import SHAPES, arm_finder, tags_of

# Every object of the contract: no coercion, and a key it does not know is an error.
STRICT = ConfigDict(strict=True, extra="forbid")


class OneOf:
    """Marks a union whose arm is known before it is judged.

    A union that is tried arm by arm reports the errors of all arms. Here the value itself names its
    arm, so there is one error with one path.
    """

    def __init__(self, *, untyped: str = "", unless: str = "", **arms: Any) -> None:
        """Name the arms.

        Args:
            untyped: The arm of an object without `type`; none makes `type` required.
            unless: A key that no untyped object has, as it belongs to another arm.
            arms: Name to type. The name is a JSON shape (`string`, `number`, `array`, `object`) or
                a value of `type`.
        """
        self.untyped = untyped
        self.unless = unless
        self.arms: Mapping[str, Any] = arms

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A tagged union whose own error says which shapes and types there are."""
        tags = tags_of([*self.arms])
        chosen_by = {"arms": [*self.arms], "untyped": self.untyped, "unless": self.unless}
        return core_schema.tagged_union_schema(
            {tags[name]: handler.generate_schema(arm) for name, arm in self.arms.items()},
            discriminator=arm_finder([*self.arms], untyped=self.untyped, unless=self.unless),
            custom_error_type="one_of",
            custom_error_message="No arm of the union takes this value",
            custom_error_context={
                "shapes": " ".join(name for name in self.arms if name in SHAPES),
                "types": " ".join(name for name in self.arms if name not in SHAPES),
            },
            # A function cannot be written down; what it is made from can (contract/validators.py).
            metadata={"chosen_by": chosen_by},
        )
