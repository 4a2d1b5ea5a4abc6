"""What must hold of a template for every set of parameters: one function a rule.

A rule takes a resolved stack and yields one sentence per violation; `@rule(MAIN)` makes it a rule
of template.yaml, `@rule(MAIN, ROTATION)` one of both templates. A new rule comes with a way to
break each of them, in `mutations/`.
"""

from tests.template.rules import (
    attribution,
    explained,
    front_door,
    functions,
    permissions,
    rollout,
    rotation,
    signals,
)
from tests.template.rules.registry import RULES

__all__ = [
    "RULES",
    "attribution",
    "explained",
    "front_door",
    "functions",
    "permissions",
    "rollout",
    "rotation",
    "signals",
]
