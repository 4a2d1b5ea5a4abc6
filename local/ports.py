"""Ports of this machine, and one clear line when the wanted one is taken."""

import errno
import socket
from collections.abc import Callable
from typing import TypeVar

from local.parameters import VariableError

Server = TypeVar("Server")


def bind(variable: str, port: int, server: Callable[[int], Server]) -> Server:
    """Make a server on *port*.

    Raises:
        VariableError: The port is taken, or not ours to use; names *variable* and a free port.
    """
    if port and _answers(port):
        raise _unusable(variable, port, "is taken")
    try:
        return server(port)
    except OSError as exc:
        why = "is taken" if exc.errno == errno.EADDRINUSE else f"cannot be used ({exc.strerror})"
        raise _unusable(variable, port, why) from exc


def _unusable(variable: str, port: int, why: str) -> VariableError:
    free = next(each for each in range(max(port, 3000) + 10, 65536, 10) if not _answers(each))
    return VariableError(f"Port {port} {why}. Choose another: {variable}={free} make run")


def _answers(port: int) -> bool:
    """Whether something listens there, also where a second listener would be let in beside it."""
    try:
        socket.create_connection(("localhost", port), timeout=0.5).close()
    except OSError:
        return False
    return True
