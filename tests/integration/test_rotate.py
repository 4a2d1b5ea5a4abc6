"""`make rotate` beside `make run`, as somebody with two terminals meets it."""

import os
import signal
import subprocess
import sys

import pytest
import urllib3

from local.lifeline import ROOT
from local.openai_standin import OpenAIStandIn
from local.rotation import RotationTimeoutError, wait
from local.running import FOLDER
from tests.integration.run import Run

PATH = "/v1/realtime/client_secrets"


def rotate(port: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local.rotate"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORT": port},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def mint(port: str) -> int:
    return urllib3.request("POST", f"http://127.0.0.1:{port}{PATH}", body=b"{}").status


@pytest.fixture
def running(runs: list[Run], port: str) -> Run:
    runs.append(Run(PORT=port))
    return runs[0]


def test_it_rotates_the_key_of_the_stack_that_runs(running: Run, port: str) -> None:
    running.started()
    assert mint(port) == 200

    for _ in range(3):
        done = rotate(port)

        assert done.returncode == 0, done.stdout + done.stderr
        version, then = done.stdout.splitlines()
        assert version.startswith("Version ")
        assert " is current, after " in version
        assert then == "The key before it stays valid until the next rotation."
        assert done.stderr == "Rotating the OpenAI API key …\n"
        assert mint(port) == 200

    log = running.out
    # Switching rotation on, before the first, tests nothing yet.
    assert log.count("no_new_key_to_test") == 1
    assert log.count("key_rotated") == 3
    assert log.count("service_account_deleted") == 1
    assert "sk-" not in log


def test_without_a_stack_it_says_so(port: str) -> None:
    done = rotate(port)

    assert done.returncode == 2
    assert f"No stack runs on port {port}. Start one with `make run`" in done.stderr


def test_a_stack_that_was_killed_is_none(running: Run, port: str) -> None:
    running.started()
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()

    done = rotate(port)

    assert (FOLDER / f"{port}.json").exists()
    assert done.returncode == 2
    assert "No stack runs on port" in done.stderr
    (FOLDER / f"{port}.json").unlink()


def test_a_stack_that_has_ended_is_none(running: Run, port: str) -> None:
    running.started()
    assert (FOLDER / f"{port}.json").exists()

    running.end(signal.SIGINT)

    assert not (FOLDER / f"{port}.json").exists()


def test_a_stack_that_calls_openai_with_the_users_own_key_is_left_alone(
    runs: list[Run], port: str
) -> None:
    with OpenAIStandIn() as openai:
        runs.append(Run(PORT=port, OPENAI_BASE_URL=openai.base_url, OPENAI_API_KEY="sk-test-own"))
        runs[0].started()
        done = rotate(port)

    assert done.returncode == 2
    assert "calls OpenAI with your own key" in done.stderr


def test_a_port_that_is_none_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.rotate"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORT": "http"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == ["PORT=http: must be a port number, up to 65535"]


def test_patience_has_an_end() -> None:
    with pytest.raises(RotationTimeoutError, match=r"^The rotation has not ended after 0 s\.$"):
        wait(lambda: False, "The rotation", most_s=0.05)
