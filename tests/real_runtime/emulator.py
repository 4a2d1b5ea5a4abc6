"""One execution environment: AWS's emulator around its Python runtime and the built function."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import urllib3

from local.functions import Outcome
from local.lifeline import ROOT, clean_environment
from tests.real_runtime.built import Built
from tests.real_runtime.keeper import descendants

KEEPER = (sys.executable, "-m", "tests.real_runtime.keeper")
INVOCATIONS = "/2015-03-31/functions/function/invocations"
# Beyond the function's own time: for its init, and for the emulator to give it up.
PATIENCE_S = 15.0
START_TIMEOUT_S = 10.0

# After these errors the emulator starts the runtime anew; after a handler's own, it lives on.
FATAL = ("Runtime.ExitError", "Sandbox.Timedout", "Function.ResponseSizeTooLarge")

Log = Callable[[str], None]


class EmulatorError(Exception):
    """The emulator did not start, or gave no answer."""


class Emulator:
    """An emulator with its runtime; usable by one thread at a time."""

    def __init__(
        self,
        built: Built,
        *,
        handler: str,
        path: Sequence[Path],
        variables: Mapping[str, str],
        timeout_s: float,
        log: Log,
    ) -> None:
        """Start the emulator; the runtime starts with the first event.

        Args:
            built: What to run, and with what.
            handler: `module.function`.
            path: Folders that come first on the function's path.
            variables: Of the function.
            timeout_s: Whole seconds, as in Lambda.
            log: Takes the log, line by line.

        Raises:
            EmulatorError: It does not start.
        """
        self._log = log
        self._timeout_s = timeout_s
        self._is_warm = False
        folders = os.pathsep.join(map(str, [*path, built.function, *built.layers]))
        # Set for the runtime alone: the keeper must not import the function's packages.
        self._runtime = ["env", f"PYTHONPATH={folders}", str(built.python)]
        self._runtime += ["-m", "awslambdaric", handler]
        self._emulator = str(built.emulator)
        self._variables = _lambda_variables(built, handler, variables, timeout_s)
        self._start()

    def invoke(self, event: Mapping[str, Any]) -> Outcome:
        """Handle *event*; an error of Lambda's is in the outcome.

        Raises:
            EmulatorError: The emulator itself is gone.
        """
        is_cold, self._is_warm = not self._is_warm, True
        started = time.monotonic()
        try:
            answer = self._http.request("POST", INVOCATIONS, body=json.dumps(event).encode())
        except urllib3.exceptions.HTTPError as exc:
            raise EmulatorError("The emulator gave no answer.") from exc
        duration_ms = (time.monotonic() - started) * 1000
        payload, is_error = _payload(answer.data)
        if is_error:
            # An import that failed has ended the process too, whatever its error is called.
            self._is_warm = payload["errorType"] not in FATAL and self.runtime_pid() is not None
        return Outcome(payload, is_error=is_error, duration_ms=duration_ms, is_cold=is_cold)

    def runtime_pid(self) -> int | None:
        """The process that runs the function, where there is one."""
        # keeper, emulator, runtime.
        return next(iter([*descendants(self._process.pid)][1:2]), None)

    def close(self) -> None:
        """Take everything down, and read what was still to be logged."""
        self._http.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _start(self) -> None:
        for _ in range(3):
            port, runtime_port = _free_ports()
            flags = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
            flags += ["--runtime-api-address", f"127.0.0.1:{runtime_port}", "--log-level", "warn"]
            self._process = subprocess.Popen(
                [*KEEPER, self._emulator, *flags, *self._runtime],
                cwd=ROOT,
                env=self._variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._reader = threading.Thread(target=self._read_log, daemon=True)
            self._reader.start()
            timeout_s = self._timeout_s + PATIENCE_S
            self._http = urllib3.HTTPConnectionPool(
                "127.0.0.1", port, maxsize=1, timeout=timeout_s, retries=False
            )
            if self._listens(port):
                return
            self.close()
        raise EmulatorError("The emulator did not start; is another program taking every port?")

    def _listens(self, port: int) -> bool:
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up_at and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return True
        return False

    def _read_log(self) -> None:
        stream = self._process.stdout
        for line in stream or ():
            self._log(line.decode("utf-8", "replace").rstrip("\n"))


def _payload(content: bytes) -> tuple[Any, bool]:
    """The handler's answer, or Lambda's error and True."""
    if content.startswith(b"Task timed out"):
        return {"errorType": "Sandbox.Timedout", "errorMessage": content.decode()}, True
    payload = json.loads(content)
    is_error = isinstance(payload, dict) and "errorType" in payload and "statusCode" not in payload
    return payload, is_error


def _free_ports() -> tuple[int, int]:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        return one.getsockname()[1], two.getsockname()[1]


def _lambda_variables(
    built: Built, handler: str, variables: Mapping[str, str], timeout_s: float
) -> dict[str, str]:
    return {
        **clean_environment(os.environ),
        "TZ": ":UTC",
        "PYTHONUNBUFFERED": "1",
        "LAMBDA_TASK_ROOT": str(built.function),
        "_HANDLER": handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{built.version}",
        "AWS_LAMBDA_FUNCTION_NAME": "ClientSecretsFunction",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(round(timeout_s)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        # template.yaml's LoggingConfig.
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        **variables,
    }
