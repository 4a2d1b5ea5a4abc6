"""One environment's life: started cold, kept busy, looked at, taken down."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.builds import Contender
from local.lifeline import ROOT
from tests.real_runtime.emulator import Emulator

EVENT = ROOT / "events" / "realtime.json"
# The first ones fill caches and open connections; the cold start is measured by itself.
WARM_UP = 5
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class RunError(Exception):
    """A contender did not answer as it should; figures of such a run mean nothing."""


@dataclass
class Figures:
    """What was measured of one contender, run by run.

    Attributes:
        cold_ms: From the first event to its answer; the runtime starts with it.
        cold_cpu_ms: Processor time until then, of user and kernel.
        warm_ms: Each warm request of all runs.
        warm_p50_ms: The median of each run.
        warm_cpu_ms: Processor time of a warm request, by run.
        peak_mb: The most memory that was resident, by run.
    """

    cold_ms: list[float] = field(default_factory=list)
    cold_cpu_ms: list[float] = field(default_factory=list)
    warm_ms: list[float] = field(default_factory=list)
    warm_p50_ms: list[float] = field(default_factory=list)
    warm_cpu_ms: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)


def run(
    contender: Contender, variables: Mapping[str, str], *, requests: int, into: Figures
) -> None:
    """Start the contender once and send it *requests* more.

    Raises:
        RunError: An answer was no client secret.
    """
    emulator = Emulator(
        contender.built,
        handler="app.lambda_handler",
        path=(),
        # /opt and /var/task are read-only in Lambda: no run leaves bytecode to the next.
        variables={**variables, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout_s=12.0,
        log=lambda _: None,
    )
    try:
        into.cold_ms.append(_invoke(contender, emulator))
        pid = emulator.runtime_pid()
        if pid is None:
            raise RunError(f"{contender.title}: the runtime is gone.")
        into.cold_cpu_ms.append(_cpu_ms(pid))
        if requests:
            _keep_busy(contender, emulator, pid, requests, into)
        into.peak_mb.append(_peak_mb(pid))
    finally:
        emulator.close()


def _keep_busy(
    contender: Contender, emulator: Emulator, pid: int, requests: int, into: Figures
) -> None:
    for _ in range(WARM_UP):
        _invoke(contender, emulator)
    before_ms = _cpu_ms(pid)
    taken = sorted(_invoke(contender, emulator) for _ in range(requests))
    into.warm_cpu_ms.append((_cpu_ms(pid) - before_ms) / requests)
    into.warm_ms.extend(taken)
    into.warm_p50_ms.append(taken[len(taken) // 2])


def _invoke(contender: Contender, emulator: Emulator) -> float:
    outcome = emulator.invoke(json.loads(EVENT.read_text()))
    answer = outcome.payload
    if outcome.is_error or answer["statusCode"] != 200 or '"ek_' not in answer["body"]:
        raise RunError(f"{contender.title} answered {json.dumps(answer)[:2000]}")
    return outcome.duration_ms


def _cpu_ms(pid: int) -> float:
    """Processor time of the process so far, with its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    # utime and stime are fields 14 and 15 of the line, whose first two are cut off here.
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S * 1000


def _peak_mb(pid: int) -> float:
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise RunError("The runtime is gone.")
    return int(found[1]) * 1024 / 1e6
