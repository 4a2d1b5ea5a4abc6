"""The functions' JSON log and the gateway's requests as lines that a person reads."""

import json
import signal
import sys
import threading
from typing import Any

from local.gateway import Handled

# Of every record, or of Lambda alone: no news to somebody who watches one request.
_UNINTERESTING = {
    "location",
    "timestamp",
    "service",
    "cold_start",
    "function_name",
    "function_memory_size",
    "function_arn",
    "function_request_id",
    "level",
    "message",
    "exception",
    "exception_name",
    "stack_trace",
}
_lock = threading.Lock()


def say(line: str = "") -> None:
    """One whole line to standard output, also from several threads at once."""
    with _lock:
        try:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read along has left (`make run | head`): end as if they had pressed Ctrl-C.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def readable(line: str) -> str:
    """A line of a function's log: JSON records shortened, anything else as it is."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict):
        return line
    if "_aws" in record:
        return f"  metric  {_metrics(record)}"
    if "level" not in record or "message" not in record:
        return line
    fields = " ".join(
        f"{name}={json.dumps(value) if not isinstance(value, str) else value}"
        for name, value in record.items()
        if name not in _UNINTERESTING and value is not None
    )
    shortened = f"  {record['level'].lower():7} {record['message']}  {fields}".rstrip()
    return "\n".join(filter(None, [shortened, record.get("exception")]))


def access_line(handled: Handled) -> str:
    """A request that was answered."""
    duration = f"{handled.duration_ms:.0f} ms"
    return f"{handled.status} {handled.method} {handled.path}  {duration}"


def _metrics(record: dict[str, Any]) -> str:
    names = [
        metric["Name"]
        for directive in record["_aws"].get("CloudWatchMetrics", [])
        for metric in directive.get("Metrics", [])
    ]
    shown = ((name, record.get(name)) for name in names)
    return " ".join(
        f"{name}={value[0] if isinstance(value, list) and len(value) == 1 else value}"
        for name, value in shown
    )
