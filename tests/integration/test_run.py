"""`make run` as a newcomer meets it: what it prints, what goes wrong, and how it ends."""

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import urllib3

from local.openai_standin import OpenAIStandIn
from local.token import request_token
from tests.integration.run import Run

ROOT = Path(__file__).parents[2]
KEY = "sk-test-canary-0123456789abcdef"
PASTED = re.compile(r"^  (curl .*)$", re.MULTILINE)


def paste(run: Run, environment: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
    """Do what the printed curl line says, in so far as this line uses curl."""
    found = PASTED.search(run.started())
    assert found is not None
    line = found[1]
    for name, value in (environment or {}).items():
        line = line.replace(name, value)
    words = shlex.split(line)
    headers = [words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H"]
    (url,) = (word for word in words if word.startswith("http"))
    body = words[words.index("-d") + 1]
    return urllib3.request("POST", url, body=body.encode(), headers=dict(headers), retries=False)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def all_gone(pids: set[int], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not all(map(is_gone, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_the_curl_line_mints_when_pasted(runs: list[Run], port: str) -> None:
    runs.append(run := Run(PORT=port))

    answer = paste(run)

    assert answer.status == 200
    assert answer.json()["value"].startswith("ek_")
    assert f"http://127.0.0.1:{port}" in run.out
    assert "stand-in" in run.out
    run.until("200 POST /v1/realtime/client_secrets")
    assert "client_secret_issued" in run.out
    assert answer.json()["value"] not in run.out


def test_in_jwt_mode_the_curl_line_takes_a_token_of_the_issuer(runs: list[Run], port: str) -> None:
    runs.append(run := Run(PORT=port, AUTH_MODE="JWT", ISSUER_PORT="0"))
    found = re.search(r"\$\(ISSUER_PORT=(\d+) make -s token\)", run.started())
    assert found is not None

    answer = paste(run, {found[0]: request_token({"ISSUER_PORT": found[1]})})

    assert answer.status == 200
    assert f"POST http://127.0.0.1:{found[1]}/token" in run.out


def test_the_key_reaches_openai_and_nothing_else(runs: list[Run], port: str) -> None:
    with OpenAIStandIn() as openai:
        runs.append(run := Run(PORT=port, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=openai.base_url))
        answer = paste(run)
        commands = subprocess.run(
            ["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True
        ).stdout

        (request,) = openai.requests
    assert answer.status == 200
    assert (request.method, request.path) == ("POST", "/v1/realtime/client_secrets")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert openai.base_url in run.out
    assert KEY not in run.out
    assert KEY not in commands
    assert "local.run" in commands


def test_a_taken_port_is_one_line(runs: list[Run]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        runs.append(run := Run(PORT=str(port)))

        status = run.process.wait(20)

    run.finish()
    assert status == 2
    assert run.out == f"Port {port} is taken. Choose another: PORT={port + 10} make run\n"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AUTH_MODE": "foo"}, "AUTH_MODE=foo: must be one of IAM, JWT"),
        ({"OPENAI_BASE_URL": "api.openai.com"}, "OPENAI_BASE_URL=api.openai.com: must be"),
    ],
    ids=str,
)
def test_a_mistake_is_one_line(variables: dict[str, str], said: str) -> None:
    run = Run(**variables)

    status = run.process.wait(20)
    run.finish()

    assert status == 2
    assert said in run.out
    assert len(run.lines) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(runs: list[Run], port: str, how: signal.Signals) -> None:
    runs.append(run := Run(PORT=port))
    run.started()
    children = run.children()

    status = run.end(how)

    assert len(children) >= 2
    assert status == 0
    assert run.out.endswith("Stopped.\n")
    assert all_gone(children, within_s=0)


@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.2, 0.35, 0.5, 0.8])
def test_ctrl_c_while_it_starts_leaves_nothing_behind(
    runs: list[Run], port: str, after_s: float
) -> None:
    runs.append(run := Run(PORT=port))
    time.sleep(after_s)
    children = run.children()

    run.end(signal.SIGINT)

    # Before its first line Python itself answers Ctrl-C; from then on it is ours to answer.
    assert "in _serve" not in run.out
    assert all_gone(children, within_s=2)


def test_ctrl_c_in_a_terminal_goes_to_the_whole_group(runs: list[Run], port: str) -> None:
    runs.append(run := Run(PORT=port))
    run.started()
    children = run.children()

    os.killpg(run.process.pid, signal.SIGINT)

    assert run.process.wait(10) == 0
    run.finish()
    assert "Traceback" not in run.out
    assert run.out.endswith("Stopped.\n")
    assert all_gone(children, within_s=0)


def test_two_ctrl_cs_are_as_good_as_one(runs: list[Run], port: str) -> None:
    runs.append(run := Run(PORT=port))
    run.started()
    children = run.children()

    run.process.send_signal(signal.SIGINT)
    # Into the middle of the stopping.
    time.sleep(0.01)
    status = run.end(signal.SIGINT)

    assert status == 0
    assert "Traceback" not in run.out
    assert all_gone(children, within_s=0)


def test_it_ends_when_nobody_reads_its_output_any_more(runs: list[Run], port: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "local.run"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORT": port},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        # Its next line ends it, unless one that was still to come has done so already.
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            urllib3.request("POST", f"http://127.0.0.1:{port}/nothing", retries=False)

        assert process.wait(10) == 0
        assert process.stderr.read() == b""


def test_nothing_outlives_a_kill(runs: list[Run], port: str) -> None:
    runs.append(run := Run(PORT=port))
    paste(run)
    children = run.children()

    run.end(signal.SIGKILL)

    assert len(children) >= 2
    assert all_gone(children, within_s=3)
