"""The stacks that run on this machine, for commands in another terminal: a file for each port."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from local.lifeline import ROOT
from local.parameters import VariableError

FOLDER = ROOT / ".build" / "running"


@dataclass(frozen=True, slots=True)
class Running:
    """What a command has to know of a stack.

    Attributes:
        pid: The process that serves it.
        aws_url: Its Secrets Manager and DynamoDB.
        secret_id: The secret that holds the OpenAI API key.
        rotation_function: ARN of what rotates it; None where OpenAI itself is called.
    """

    pid: int
    aws_url: str
    secret_id: str
    rotation_function: str | None


@contextmanager
def announced(port: int, running: Running) -> Iterator[None]:
    """Let others find the stack on *port* for the length of the block."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    note = FOLDER / f"{port}.json"
    note.write_text(json.dumps(asdict(running)))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def running_on(port: int) -> Running:
    """The stack on *port*.

    Raises:
        VariableError: There is none.
    """
    try:
        found = Running(**json.loads((FOLDER / f"{port}.json").read_text()))
        # Raises where it was killed and left its note behind.
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError) as exc:
        message = f"No stack runs on port {port}. Start one with `make run`, or name its PORT=…"
        raise VariableError(message) from exc
    return found
