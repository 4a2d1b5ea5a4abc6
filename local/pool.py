"""A function's execution environments: more of them on demand, as in Lambda, up to a maximum."""

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from local.environments import Environment, Log
from local.functions import Function, Outcome


class ConcurrencyError(Exception):
    """Every environment that may exist is busy: Lambda's TooManyRequestsException."""


class Pool:
    """A function's environments for the length of a `with` block."""

    def __init__(
        self,
        function: Function,
        *,
        maximum: int = 10,
        refuse_when_busy: bool = False,
        log: Log = print,
    ) -> None:
        """Nothing is started yet.

        Args:
            function: Whose environments they are.
            maximum: How many environments there may be at once.
            refuse_when_busy: Refuse beyond the maximum, as reserved concurrency does; by default an
                event waits for its turn, because this machine is not a region.
            log: Takes the function's log, line by line.
        """
        self.function = function
        self.maximum = maximum
        self._refuse_when_busy = refuse_when_busy
        self._log = log
        self._idle: list[Environment] = []
        self._all: set[Environment] = set()
        self._closed = False
        self._changed = threading.Condition()

    @property
    def size(self) -> int:
        """How many environments there are now."""
        return len(self._all)

    @property
    def pids(self) -> list[int]:
        """The processes that there are now."""
        with self._changed:
            return [environment.pid for environment in self._all]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closed = True
            doomed, self._all, self._idle = self._all, set(), []
            self._changed.notify_all()
        for environment in doomed:
            environment.close()

    def prewarm(self) -> None:
        """Start one environment now, so that the first event finds it importing or ready."""
        if self.maximum:
            self._release(self._acquire())

    def invoke(self, event: Mapping[str, Any]) -> Outcome:
        """Handle *event* in an idle environment, or in a new one.

        Raises:
            ConcurrencyError: All are busy, and the pool refuses then.
        """
        environment = self._acquire()
        try:
            return environment.invoke(event)
        finally:
            self._release(environment)

    def _acquire(self) -> Environment:
        with self._changed:
            while not self._idle and len(self._all) >= self.maximum and not self._closed:
                if self._refuse_when_busy:
                    raise ConcurrencyError
                self._changed.wait()
            if self._closed:
                raise ConcurrencyError
            # The one used last: its connections are the likeliest to be still open.
            environment = self._idle.pop() if self._idle else None
            if environment is None:
                environment = Environment(self.function, self._log)
                self._all.add(environment)
            return environment

    def _release(self, environment: Environment) -> None:
        with self._changed:
            if environment.is_alive and environment in self._all:
                self._idle.append(environment)
            else:
                self._all.discard(environment)
            self._changed.notify()
