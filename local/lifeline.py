"""Child processes that cannot outlive the process that started them.

A child is held by a pipe. However its parent ends, by Ctrl-C, a crash or `kill -9`, the kernel
closes the pipe, and the child leaves. Children run in sessions of their own, so that Ctrl-C in the
terminal reaches the parent alone and the parent stops them in order.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What a child may see of the developer's shell: enough to start and to reach OpenAI from behind a
# proxy, and no credential.
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
)


def clean_environment(shell: Mapping[str, str]) -> dict[str, str]:
    """The variables a child starts from; its local neighbours are never asked through a proxy."""
    passed_on = {name: shell[name] for name in _PASSED_ON if name in shell}
    around = ",".join(filter(None, [shell.get("NO_PROXY") or shell.get("no_proxy"), "127.0.0.1"]))
    return {**passed_on, "NO_PROXY": around, "no_proxy": around}


def start_module(
    module: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `python -m module` with a lifeline on its standard input."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.PIPE,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a child and wait until it is gone."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def end_with_parent() -> None:
    """Called first thing in a child: leave as soon as the parent is gone."""
    threading.Thread(target=_leave_when_cut, daemon=True).start()


def _leave_when_cut() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)
