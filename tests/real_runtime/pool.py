"""A function's execution environments under the real runtime, one event in flight in each."""

import queue
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.functions import Outcome
from tests.real_runtime.built import built
from tests.real_runtime.emulator import Emulator, EmulatorError

HANDLER = "app.lambda_handler"


class Pool:
    """The environments for the length of a `with` block; usable by any number of threads.

        with Neighbours() as neighbours:
            with Pool(size=4, environment=neighbours.environment()) as pool:
                answer = pool.invoke(event).payload

    Attributes:
        log: One list of lines for each environment, in the order of starting; complete when the
            block has ended.
    """

    def __init__(
        self,
        *,
        size: int = 1,
        environment: Mapping[str, str],
        timeout_s: float = 12.0,
        handler: str = HANDLER,
        path: Iterable[Path] = (),
    ) -> None:
        """Nothing is started yet.

        Args:
            size: How many environments; more events than that wait for their turn.
            environment: The function's variables, and those that lead to its neighbours.
            timeout_s: The function's time, whole seconds.
            handler: `module.function`.
            path: Folders that come before the function's own, for a handler around it.
        """
        self.size = size
        self.log: list[list[str]] = []
        self._options: dict[str, Any] = {
            "handler": handler,
            "path": tuple(path),
            "variables": dict(environment),
            "timeout_s": timeout_s,
        }
        # Last in, first out: Lambda too prefers the environment that was used last.
        self._idle: queue.LifoQueue[Emulator] = queue.LifoQueue()
        self._all: set[Emulator] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._built = built()
        try:
            for _ in range(self.size):
                self._idle.put(self._new())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def invoke(self, event: Mapping[str, Any]) -> Outcome:
        """Handle *event* in an idle environment; wait for one if need be.

        A Lambda error is an outcome with `is_error`, and its `errorType` is in the payload. An
        environment that crashed is started anew for the next event; no event is handled twice.

        Raises:
            EmulatorError: The emulator itself died under the event.
        """
        emulator = self._idle.get()
        try:
            outcome = emulator.invoke(event)
        except EmulatorError:
            self._drop(emulator)
            emulator = self._new()
            raise
        finally:
            self._idle.put(emulator)
        return outcome

    def invoke_all(self, events: Iterable[Mapping[str, Any]]) -> list[Outcome]:
        """Handle the events, as many at once as there are environments."""
        with ThreadPoolExecutor(self.size) as threads:
            return list(threads.map(self.invoke, events))

    def warm(self) -> None:
        """Import the function in every environment, with an event that is refused at once."""
        everyone = [self._idle.get() for _ in range(self.size)]
        with ThreadPoolExecutor(self.size) as threads:
            list(threads.map(lambda emulator: emulator.invoke(NOBODY), everyone))
        for emulator in everyone:
            self._idle.put(emulator)

    def runtime_pids(self) -> list[int]:
        """The processes that run the function now."""
        with self._lock:
            pids = [emulator.runtime_pid() for emulator in self._all]
        return [pid for pid in pids if pid is not None]

    def text(self) -> str:
        """All that was logged so far."""
        return "\n".join(line for lines in self.log for line in list(lines))

    def close(self) -> None:
        """Take every environment down."""
        with self._lock:
            everyone, self._all = self._all, set()
        for emulator in everyone:
            emulator.close()

    def _new(self) -> Emulator:
        lines: list[str] = []
        emulator = Emulator(self._built, log=lines.append, **self._options)
        with self._lock:
            self.log.append(lines)
            self._all.add(emulator)
        return emulator

    def _drop(self, emulator: Emulator) -> None:
        with self._lock:
            self._all.discard(emulator)
        emulator.close()


# Without a caller: the handler answers 401 before it asks anything of anybody.
NOBODY: Mapping[str, Any] = {
    "version": "2.0",
    "routeKey": "POST /v1/realtime/client_secrets",
    "rawPath": "/v1/realtime/client_secrets",
    "headers": {},
    "requestContext": {
        "http": {"method": "POST", "path": "/v1/realtime/client_secrets"},
        "stage": "$default",
        "requestId": "warming",
    },
    "isBase64Encoded": False,
}
