"""`make run` in a process of its own, with what it prints."""

import os
import signal
import subprocess
import sys
import threading
import time

from local.lifeline import ROOT


class Run:
    """`python -m local.run` in a shell with these variables."""

    def __init__(self, **variables: str) -> None:
        shell = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.run"],
            cwd=ROOT,
            env={**shell, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def out(self) -> str:
        return "".join(self.lines)

    def until(self, text: str, timeout_s: float = 20.0) -> str:
        """What was printed by the time *text* was."""
        deadline = time.monotonic() + timeout_s
        while text not in self.out:
            assert time.monotonic() < deadline, self.out
            assert self.process.poll() is None or text in self.out, self.out
            time.sleep(0.01)
        return self.out

    def started(self) -> str:
        """The introduction, once the stack serves."""
        return self.until("base_url=")

    def children(self) -> set[int]:
        """Every process below it, now."""
        table = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        parents = {int(pid): int(parent) for pid, parent in map(str.split, table.splitlines())}
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def end(self, how: signal.Signals, timeout_s: float = 10.0) -> int:
        self.process.send_signal(how)
        status = self.process.wait(timeout_s)
        self.finish()
        return status

    def finish(self) -> None:
        """Read what an ended process has printed last."""
        self._reader.join(10)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            self.lines.extend(iter(stream.readline, ""))
