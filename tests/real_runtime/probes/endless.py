"""A handler that sleeps when it is told to, and is the real one otherwise."""

import time
from importlib import import_module
from typing import Any

app = import_module("app")


def lambda_handler(event: dict[str, Any], context: object) -> Any:
    """Outlast the function's time where the event says so."""
    if event.get("endless"):
        time.sleep(60)
    return app.lambda_handler(event, context)
