import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from local.functions import Outcome
from local.openai_standin import Answer
from tests.real_runtime.built import built
from tests.real_runtime.conftest import EVENTS, event
from tests.real_runtime.neighbours import Neighbours
from tests.real_runtime.pool import NOBODY, Pool

PROBES = Path(__file__).parent / "probes"


def code_of(outcome: Outcome) -> object:
    return json.loads(outcome.payload["body"])["error"]["code"]


def test_a_cold_environment_mints_and_so_does_a_warm_one(neighbours: Neighbours) -> None:
    with Pool(environment=neighbours.environment()) as pool:
        cold = pool.invoke(event("realtime"))
        (pid,) = pool.runtime_pids()
        warm = pool.invoke(event("realtime"))
        still = pool.runtime_pids()

    assert (cold.is_cold, warm.is_cold) == (True, False)
    assert still == [pid]
    for outcome in (cold, warm):
        assert outcome.payload["statusCode"] == 200
        assert json.loads(outcome.payload["body"])["value"].startswith("ek_")
    assert warm.duration_ms < cold.duration_ms


@pytest.mark.parametrize("name", sorted(path.stem for path in EVENTS.glob("*.json")))
def test_every_recorded_event_gets_an_answer_in_openais_shape(
    warm_pool: Pool, neighbours: Neighbours, name: str
) -> None:
    outcome = warm_pool.invoke(event(name))

    assert not outcome.is_error
    body = json.loads(outcome.payload["body"])
    if outcome.payload["statusCode"] == 200:
        assert body["value"].startswith("ek_")
    else:
        assert {"message", "type", "param", "code"} <= body["error"].keys()
    assert outcome.payload["headers"]["cache-control"] == "no-store"


def test_what_runs_is_what_is_built_with_its_bytecode(neighbours: Neighbours) -> None:
    ours = ["broker.params", "openai_realtime.client", "pydantic_core", "urllib3"]
    probe = {"names": [*ours, "botocore"]}

    with Pool(
        environment=neighbours.environment(), handler="imported.lambda_handler", path=[PROBES]
    ) as pool:
        found = pool.invoke(probe).payload

    layers = tuple(f"{layer}/" for layer in built().layers)
    assert found["python"] == built().version
    assert found["handler"] == f"{built().function}/app.py"
    assert all(found["files"][name].startswith(layers) for name in ours)
    assert all(Path(found["bytecode"][name]).exists() for name in ours)
    assert found["files"]["botocore"].startswith(f"{built().python.parents[1]}/")


def test_a_function_that_runs_out_of_time_is_ended_and_the_next_event_starts_it_anew(
    neighbours: Neighbours,
) -> None:
    # None of its neighbours can hold the function up for so long, so this one sleeps.
    with Pool(
        environment=neighbours.environment(),
        timeout_s=3,
        handler="endless.lambda_handler",
        path=[PROBES],
    ) as pool:
        pool.warm()
        (pid,) = pool.runtime_pids()
        late = pool.invoke({"endless": True})
        following = pool.invoke(NOBODY)
        (next_pid,) = pool.runtime_pids()

    assert late.is_error
    assert late.payload["errorType"] == "Sandbox.Timedout"
    assert late.payload["errorMessage"] == "Task timed out after 3.00 seconds"
    assert following.is_cold
    assert following.payload["statusCode"] == 401
    assert next_pid != pid


def test_a_silent_secrets_manager_is_given_up_before_the_function_is(
    neighbours: Neighbours,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hangs = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environment = neighbours.environment(AWS_ENDPOINT_URL_SECRETS_MANAGER=hangs)
        with Pool(environment=environment, timeout_s=3) as pool:
            pool.warm()
            outcome = pool.invoke(event("realtime"))

    assert not outcome.is_error
    assert (outcome.payload["statusCode"], code_of(outcome)) == (503, "api_key_unavailable")


def test_a_slow_openai_is_given_up_before_the_function_is(neighbours: Neighbours) -> None:
    neighbours.openai.script(Answer(delay_s=4))

    with Pool(environment=neighbours.environment(), timeout_s=3) as pool:
        pool.warm()
        outcome = pool.invoke(event("realtime"))

    assert not outcome.is_error
    assert (outcome.payload["statusCode"], code_of(outcome)) == (504, "upstream_timeout")


def test_a_crash_under_an_event_is_lambdas_error_and_mints_once_at_most(
    neighbours: Neighbours,
) -> None:
    neighbours.openai.script(Answer(delay_s=2))

    with Pool(environment=neighbours.environment()) as pool:
        pool.warm()
        (pid,) = pool.runtime_pids()
        killer = threading.Thread(target=kill_once_asked, args=(neighbours, pid))
        killer.start()
        crashed = pool.invoke(event("realtime"))
        killer.join()
        asked = len(neighbours.openai.requests)
        following = pool.invoke(event("realtime"))

    assert crashed.is_error
    assert crashed.payload["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in crashed.payload["errorMessage"]
    assert asked == 1
    assert following.is_cold
    assert following.payload["statusCode"] == 200


def kill_once_asked(neighbours: Neighbours, pid: int) -> None:
    give_up_at = time.monotonic() + 10
    while not neighbours.openai.requests and time.monotonic() < give_up_at:
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)


def test_an_exception_of_the_handler_is_lambdas_error_and_the_environment_lives_on(
    warm_pool: Pool,
) -> None:
    before = warm_pool.runtime_pids()

    outcome = warm_pool.invoke({"requestContext": "not an API Gateway event"})
    following = warm_pool.invoke(NOBODY)

    assert outcome.is_error
    assert outcome.payload["errorType"] == "AttributeError"
    assert following.payload["statusCode"] == 401
    assert not following.is_cold
    assert warm_pool.runtime_pids() == before


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        pytest.param({"OPENAI_BASE_URL": None}, "OPENAI_BASE_URL", id="missing"),
        pytest.param({"UNKNOWN_FIELDS": "perhaps"}, "UNKNOWN_FIELDS", id="wrong"),
    ],
)
def test_an_environment_that_cannot_start_says_which_variable_is_at_fault(
    neighbours: Neighbours, changes: dict[str, str | None], named: str
) -> None:
    given = {**neighbours.environment(), **changes}
    environment = {name: value for name, value in given.items() if value is not None}

    with Pool(environment=environment) as pool:
        outcome = pool.invoke(event("realtime"))
        again = pool.invoke(event("realtime"))

    assert outcome.is_error
    assert named in outcome.payload["errorMessage"]
    assert again.is_cold
    assert named in pool.text()
