import os
import signal
import subprocess
import sys
import time

import pytest

from local.lifeline import ROOT
from tests.real_runtime.keeper import descendants

# Without neighbours: warming asks none of them.
HOLDER = """
import time
from local.functions import functions_of
from local.parameters import parameters_from
from local.template import Template, read_template
from tests.real_runtime.pool import Pool

source = read_template()
template = Template(source, parameters_from({}, source))
nowhere = functions_of(template, {"AWS_REGION": "us-east-1"})["ClientSecretsFunction"].environment
with Pool(size=2, environment=nowhere) as pool:
    pool.warm()
    print(len(pool.runtime_pids()), flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_process_outlives_whoever_held_the_pool(how: signal.Signals) -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "realtime")])
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert holder.stdout is not None
    with holder.stdout:
        while (line := holder.stdout.readline().strip()) not in ("2", ""):
            pass
    assert line == "2"
    # Two of each: keeper, emulator, runtime.
    family = list(descendants(holder.pid))
    assert len(family) == 6

    holder.send_signal(how)
    holder.wait()

    assert gone(family)


def gone(pids: list[int]) -> bool:
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        if not any(is_running(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            # A zombie has ended; its parent merely has not looked.
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
