"""Ways to break template.yaml, each with the one rule that must notice."""

from tests.template.mutations import (
    attribution,
    explained,
    front_door,
    functions,
    permissions,
    rollout,
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
    "signals",
]
