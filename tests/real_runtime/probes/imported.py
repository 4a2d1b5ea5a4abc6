"""A handler that tells which files the function's packages were imported from."""

import sys
from importlib import import_module
from typing import Any

app = import_module("app")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Source and bytecode of each module that the event names."""
    return {
        "python": "{}.{}".format(*sys.version_info),
        "handler": app.__file__,
        "files": {
            name: getattr(sys.modules.get(name), "__file__", None) for name in event["names"]
        },
        "bytecode": {name: sys.modules[name].__cached__ for name in event["names"]},
    }
