"""Runs a command and takes it down, with all its children, when whoever asked for it is gone.

The emulator is not ours and holds no lifeline: this process holds it in its stead, whether the
tests end by themselves, by Ctrl-C or by `kill -9`.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> Iterator[int]:
    """The children of a process, their children, and so on."""
    # Each thread has children of its own, and Go starts processes from any of its threads.
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, thread.read_text().split()):
                yield child
                yield from descendants(child)


def _take_down_when_cut(process: subprocess.Popen[bytes]) -> None:
    while os.read(0, 1024):
        pass
    # The emulator first: it would start a new runtime for one that is gone.
    for pid in [process.pid, *descendants(process.pid)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def main() -> int:
    """Run the command line's command until it ends or standard input is closed."""
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_take_down_when_cut, args=(process,), daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
