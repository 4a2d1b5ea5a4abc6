"""What must hold of template.yaml for every set of parameters: one function a rule.

A rule takes a resolved stack and yields one sentence per violation; `@rule` puts it into `RULES`.
A new rule comes with a way to break it, in `test_mutations.py`.
"""

from tests.template.rules import (
    attribution,
    explained,
    front_door,
    functions,
    permissions,
    rollout,
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
    "signals",
]
