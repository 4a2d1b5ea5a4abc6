"""Whether OpenAI's answer can be said again: Python reads more than it, or JSON, can write."""

import math
from collections.abc import Mapping
from typing import Any

# A request may be nested 64 deep, and comes back within a few levels more.
DEEPEST = 128


def fault_in(body: Mapping[str, Any]) -> str | None:
    """What is wrong with *body*, without a word of it; None where nothing is."""
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        # 1e999 is JSON; the infinity it is read as is not.
        if any(isinstance(node, float) and not math.isfinite(node) for node in level):
            return "it holds a number that is too large"
        level = [each for node in level for each in _below(node)]
        if not level:
            return None
    return "it is nested too deeply"


def _below(node: Any) -> Any:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()
