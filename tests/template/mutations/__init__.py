"""Ways to break a template, each with the one rule that must notice."""

from tests.template.mutations import (
    attribution,
    explained,
    front_door,
    functions,
    permissions,
    rollout,
    rotation,
    rotation_stack,
    signals,
)
from tests.template.mutations.registry import MUTATIONS

__all__ = [
    "MUTATIONS",
    "attribution",
    "explained",
    "front_door",
    "functions",
    "permissions",
    "rollout",
    "rotation",
    "rotation_stack",
    "signals",
]
