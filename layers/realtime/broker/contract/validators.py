"""The models as they run: Pydantic's own compiled validator, without Pydantic.

Pydantic reads a model's source and makes a schema of it, from which pydantic_core, its compiled
half, makes the validator. The first step is done beforehand, and its result is in `compiled/`:
importing Pydantic and reading the models was a third of a cold start. `make models` writes the
files, and a test holds them equal to the models.
"""

import functools
import json
from pathlib import Path
from typing import Any, Literal

from pydantic_core import SchemaValidator

from broker.contract.arms import arm_finder

COMPILED = Path(__file__).parent / "compiled"

Compiled = Literal["realtime", "translation", "profile"]


@functools.cache
def validator_of(model: Compiled) -> SchemaValidator:
    """The validator of a model, built when it is first needed."""
    text = (COMPILED / f"{model}.json").read_text(encoding="utf-8")
    return SchemaValidator(json.loads(text, object_hook=_with_choice))


def _with_choice(node: dict[str, Any]) -> dict[str, Any]:
    """*node*; a tagged union with the function that chooses, and its tags as numbers again."""
    if node.get("type") != "tagged-union":
        return node
    choices = {int(tag): arm for tag, arm in node["choices"].items()}
    chosen_by = node["metadata"]["chosen_by"]
    return {**node, "choices": choices, "discriminator": arm_finder(**chosen_by)}
