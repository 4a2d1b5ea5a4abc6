"""One of Lambda's execution environments, as a process: it handles one event at a time."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local.functions import Function, Outcome
from local.lifeline import clean_environment, stop

WORKER = Path(__file__).with_name("worker.py")
INIT_TIMEOUT_S = 10.0
# Lambda's limit on a synchronous answer, 6 MB and a little for the envelope.
MAX_ANSWER_BYTES = 6 * 1024 * 1024 + 100
# How long an answer may wait for the last lines of its log.
LOG_WAIT_S = 1.0

Log = Callable[[str], None]


class Environment:
    """One process with the function's code imported; usable by one thread at a time."""

    def __init__(self, function: Function, log: Log) -> None:
        self._function = function
        self._log = log
        self._ready = False
        self._marked = threading.Semaphore(0)
        self._pipe, theirs = multiprocessing.Pipe()
        self.is_alive = True
        self._closing = threading.Lock()
        self._process = subprocess.Popen(
            # -P: or this folder would come first on its path and shadow the standard library.
            [sys.executable, "-P", str(WORKER), str(theirs.fileno()), *map(str, function.code)],
            cwd=function.code[0],
            env=_variables(function),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def invoke(self, event: Mapping[str, Any]) -> Outcome:
        """Handle *event*; an environment that crashed or ran out of time is dead afterwards."""
        is_cold = not self._ready
        if is_cold and (init_error := self._initialize()):
            return Outcome(init_error, is_error=True, is_cold=True)
        request_id = str(uuid.uuid4())
        started = time.monotonic()
        deadline_ms = int((time.time() + self._function.timeout_s) * 1000)
        context = {
            "aws_request_id": request_id,
            "invoked_function_arn": self._function.arn,
            "deadline_ms": deadline_ms,
        }
        try:
            self._pipe.send_bytes(json.dumps({"event": event, "context": context}).encode())
            answer = self._receive(self._function.timeout_s)
        except (EOFError, OSError):
            answer = {"error": self._crash()}
        if answer is None:
            self.close()
            answer = {"error": _timed_out(self._function.timeout_s)}
        duration_ms = (time.monotonic() - started) * 1000
        if "error" not in answer:
            return Outcome(answer["payload"], duration_ms=duration_ms, is_cold=is_cold)
        error = {"requestId": request_id, **answer["error"]}
        self._log(f"[ERROR] {error['errorType']}: {error['errorMessage']}")
        return Outcome(error, is_error=True, duration_ms=duration_ms, is_cold=is_cold)

    def close(self) -> None:
        """End the process, whatever it is doing, and read what it still had to say."""
        self.is_alive = False
        self._process.kill()
        # The pool may end what its caller sees crash at the same moment.
        with self._closing:
            if self._pipe.closed:
                return
            self._reader.join(LOG_WAIT_S)
            stop(self._process)
            self._pipe.close()

    def _initialize(self) -> dict[str, Any] | None:
        try:
            answer = self._receive(INIT_TIMEOUT_S)
        except (EOFError, OSError):
            return self._crash()
        if answer is None:
            self.close()
            return {"errorType": "Sandbox.Timedout", "errorMessage": "Init timed out"}
        if "error" in answer:
            self.close()
            error: dict[str, Any] = answer["error"]
            return error
        self._ready = True
        return None

    def _receive(self, timeout_s: float) -> dict[str, Any] | None:
        if not self._pipe.poll(timeout_s):
            return None
        content = self._pipe.recv_bytes()
        self._marked.acquire(timeout=LOG_WAIT_S)
        if len(content) > MAX_ANSWER_BYTES:
            message = f"Response payload size exceeded {MAX_ANSWER_BYTES} bytes."
            kind = "Function.ResponseSizeTooLarge"
            return {"error": {"errorType": kind, "errorMessage": message}}
        answer: dict[str, Any] = json.loads(content)
        return answer

    def _crash(self) -> dict[str, Any]:
        status = self._process.wait()
        self.close()
        how = f"exit status {status}"
        if status < 0:
            how = f"signal: {signal.Signals(-status).name}"
        return {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"Runtime exited with error: {how}",
        }

    def _read_log(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        for line in stream:
            text, marked, _ = line.decode("utf-8", "replace").rstrip("\n").partition("\0")
            if text:
                self._log(text)
            if marked:
                self._marked.release()


def _timed_out(timeout_s: float) -> dict[str, Any]:
    message = f"Task timed out after {timeout_s:.2f} seconds"
    return {"errorType": "Sandbox.Timedout", "errorMessage": message}


def _variables(function: Function) -> dict[str, str]:
    return {
        **clean_environment(os.environ),
        "TZ": ":UTC",
        "PYTHONUNBUFFERED": "1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"local/{uuid.uuid4().hex}",
        "LAMBDA_TASK_ROOT": str(function.code[0]),
        "_HANDLER": function.handler,
        **function.environment,
    }
