"""A clock that moves only when told, or when somebody sleeps by it."""


class FakeClock:
    """Stands for `time` in the client; `sleeps` lists what was slept."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self._at = at
        self._passed = 0.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self._passed

    def time(self) -> float:
        return self._at + self._passed

    def sleep(self, seconds: float, /) -> None:
        self.sleeps.append(seconds)
        self._passed += seconds

    def advance(self, seconds: float) -> None:
        self._passed += seconds

    def set_wall_clock(self, seconds: float) -> None:
        """Move epoch time alone, as for an environment that was frozen."""
        self._at += seconds
