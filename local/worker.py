"""One execution environment: imports the handler, then handles one event at a time.

Runs as a script of its own, with nothing of this package on its path: the function must find only
what it finds in Lambda. Events arrive and answers leave through an inherited pipe; standard output
and error are the function's log. A NUL in the log ends the lines of each event.
"""

import contextlib
import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any


@dataclass
class LambdaContext:
    """The context object that Lambda's Python runtime hands to a handler."""

    aws_request_id: str
    invoked_function_arn: str
    deadline_ms: int
    client_context: None = None
    identity: None = None
    tenant_id: None = None

    def __post_init__(self) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the environment is killed."""
        return max(self.deadline_ms - int(time.time() * 1000), 0)


def failure(error: BaseException, kind: str | None = None) -> dict[str, Any]:
    """An error as Lambda reports it, and its traceback in the log."""
    traceback.print_exception(error)
    return {
        "errorMessage": str(error),
        "errorType": kind or type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def load(handler: str) -> Any:
    """Import the handler, named `module.function`."""
    module, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module), name)


def handle(handler: Any, message: dict[str, Any]) -> bytes:
    """One invocation: what Lambda would answer, as JSON."""
    try:
        payload = handler(message["event"], LambdaContext(**message["context"]))
    # The runtime catches whatever a handler raises, SystemExit included.
    except BaseException as exc:  # noqa: BLE001
        return json.dumps({"error": failure(exc)}).encode()
    try:
        return json.dumps({"payload": payload}).encode()
    except (TypeError, ValueError) as exc:
        return json.dumps({"error": failure(exc, "Runtime.MarshalError")}).encode()


def receive(pipe: Connection, messages: "queue.Queue[dict[str, Any]]") -> None:
    """Read events until the parent is gone, and leave with it, even in the middle of an event."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            messages.put(json.loads(pipe.recv_bytes()))
    os._exit(0)


def mark_log() -> None:
    """Tell the reader of the log that this event's lines are complete."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(1, b"\0\n")


def main() -> None:
    """Initialize, say so, then serve."""
    pipe = Connection(int(sys.argv[1]))
    messages: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=receive, args=(pipe, messages), daemon=True).start()
    sys.path[:0] = sys.argv[2:]
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as exc:  # noqa: BLE001 - any error of the function's import is its init error
        kind = "Runtime.ImportModuleError" if isinstance(exc, ImportError) else None
        error = failure(exc, kind)
        mark_log()
        pipe.send_bytes(json.dumps({"error": error}).encode())
        sys.exit(1)
    mark_log()
    pipe.send_bytes(b'{"ready":true}')
    while True:
        answer = handle(handler, messages.get())
        mark_log()
        pipe.send_bytes(answer)


if __name__ == "__main__":
    main()
