"""The function with a fault that its body asks for: what SDKs see of a bug, and of a crash."""

import importlib.util
import os
from pathlib import Path
from typing import Any

REAL = Path(__file__).parents[3] / "functions" / "client_secrets" / "app.py"


def _fail(_: object) -> None:
    raise RuntimeError("a bug, for this test")


spec = importlib.util.spec_from_file_location("real_app", REAL)
assert spec is not None
assert spec.loader is not None
real_app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real_app)
# The first step of the story, so that the handler's own catch-all has to answer.
real_app.caller_of = _fail  # type: ignore[attr-defined]  # of a module loaded by path


def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    """Crash where the body says so; else let the real handler meet its bug."""
    if "crash" in event.get("body", ""):
        os._exit(1)
    return real_app.lambda_handler(event, context)
