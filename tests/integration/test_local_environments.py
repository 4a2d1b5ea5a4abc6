"""Execution environments as processes: growth, time-outs, crashes, logs, and their end."""

import os
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.functions import Function
from local.pool import ConcurrencyError, Pool

Write = Callable[..., Function]


@pytest.fixture
def function(tmp_path: Path) -> Write:
    """Write a function: `function("body of the handler", timeout_s=…)`."""

    def write(body: str, *, before: str = "", **changes: Any) -> Function:
        handler = f"def lambda_handler(event, context):\n{textwrap.indent(body, '    ')}\n"
        (tmp_path / "app.py").write_text(f"import os, sys, time\n{before}\n{handler}")
        return Function("Tried", "app.lambda_handler", (tmp_path,), **changes)

    return write


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_handler_gets_the_event_and_lambdas_context(function: Write) -> None:
    body = """
        return {
            "event": event,
            "arn": context.invoked_function_arn,
            "name": context.function_name,
            "version": context.function_version,
            "memory": context.memory_limit_in_mb,
            "request_id": context.aws_request_id,
            "remaining": context.get_remaining_time_in_millis(),
            "variable": os.environ["GREETING"],
            "task_root": os.environ["LAMBDA_TASK_ROOT"],
        }
    """
    tried = function(textwrap.dedent(body), environment={"GREETING": "hello"}, timeout_s=3)

    with Pool(tried) as pool:
        outcome = pool.invoke({"a": "ü"})

    answer = outcome.payload
    assert not outcome.is_error
    assert outcome.is_cold
    assert answer["event"] == {"a": "ü"}
    assert answer["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:Tried:live"
    assert (answer["name"], answer["version"], answer["memory"]) == ("Tried", "1", "1024")
    assert len(answer["request_id"]) == 36
    assert 2500 < answer["remaining"] <= 3000
    assert (answer["variable"], answer["task_root"]) == ("hello", str(tried.code[0]))


def test_a_function_sees_nothing_of_the_shell_but_what_it_needs(
    function: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-canary")
    monkeypatch.setenv("AWS_PROFILE", "canary")

    with Pool(function("return dict(os.environ)")) as pool:
        seen = pool.invoke({}).payload

    assert "canary" not in str(seen)
    assert "127.0.0.1" in seen["NO_PROXY"]


def test_a_function_finds_the_standard_library_and_nothing_of_ours(function: Write) -> None:
    with Pool(function("import token\nreturn [token.__file__, sys.path]")) as pool:
        found, path = pool.invoke({}).payload

    assert "local" not in Path(found).parts
    assert str(Path(__file__).parents[2]) not in path


def test_an_idle_environment_is_used_again(function: Write) -> None:
    with Pool(function("return os.getpid()")) as pool:
        first, second = pool.invoke({}), pool.invoke({})

        assert (first.payload, pool.size) == (second.payload, 1)
        assert (first.is_cold, second.is_cold) == (True, False)


def test_a_pool_grows_while_all_are_busy(function: Write) -> None:
    with Pool(function("time.sleep(0.4)\nreturn os.getpid()"), maximum=3) as pool:
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(pool.invoke({}).payload))
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (len(answers), len(set(answers)), pool.size) == (6, 3, 3)


def test_a_pool_with_reserved_concurrency_refuses_beyond_it(function: Write) -> None:
    with Pool(function("time.sleep(1)"), maximum=1, refuse_when_busy=True) as pool:
        busy = threading.Thread(target=pool.invoke, args=({},))
        busy.start()
        time.sleep(0.2)

        with pytest.raises(ConcurrencyError):
            pool.invoke({})
        busy.join()


def test_none_reserved_refuses_everything(function: Write) -> None:
    with (
        Pool(function("return 1"), maximum=0, refuse_when_busy=True) as pool,
        pytest.raises(ConcurrencyError),
    ):
        pool.invoke({})


def test_a_time_out_kills_the_environment_and_the_next_event_gets_a_new_one(
    function: Write,
) -> None:
    body = "print('pid', os.getpid())\nif event: time.sleep(60)\nreturn os.getpid()"
    log: list[str] = []
    with Pool(function(body, timeout_s=0.5), log=log.append) as pool:
        first = pool.invoke({}).payload
        started = time.monotonic()

        outcome = pool.invoke({"sleep": True})

        assert outcome.is_error
        assert outcome.payload["errorType"] == "Sandbox.Timedout"
        assert outcome.payload["errorMessage"] == "Task timed out after 0.50 seconds"
        assert 0.5 <= time.monotonic() - started < 2
        assert not alive(first)
        assert pool.invoke({}).payload != first
    assert "[ERROR] Sandbox.Timedout: Task timed out after 0.50 seconds" in log


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: SIGKILL"),
    ],
)
def test_a_crash_is_lambdas_error_and_the_next_event_is_served(
    function: Write, body: str, said: str
) -> None:
    with Pool(function(f"if event: {body}\nreturn 1")) as pool:
        outcome = pool.invoke({"crash": True})

        assert outcome.is_error
        assert outcome.payload["errorType"] == "Runtime.ExitError"
        assert outcome.payload["errorMessage"] == said
        assert pool.invoke({}).payload == 1


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("raise ValueError('no')", "ValueError", "no"),
        ("sys.exit(1)", "SystemExit", "1"),
        ("return {1, 2}", "Runtime.MarshalError", "Object of type set is not JSON serializable"),
    ],
)
def test_what_a_handler_raises_is_reported_and_logged_and_the_environment_lives_on(
    function: Write, body: str, kind: str, message: str
) -> None:
    log: list[str] = []
    with Pool(function(f"if event:\n    {body}\nreturn os.getpid()"), log=log.append) as pool:
        first = pool.invoke({}).payload

        outcome = pool.invoke({"fail": True})

        assert (outcome.payload["errorType"], outcome.payload["errorMessage"]) == (kind, message)
        assert pool.invoke({}).payload == first
    assert any("Traceback" in line for line in log)


def test_code_that_does_not_import_is_an_error_each_time(function: Write) -> None:
    log: list[str] = []
    with Pool(function("return 1", before="import not_there"), log=log.append) as pool:
        outcomes = [pool.invoke({}), pool.invoke({})]

        assert pool.size == 0
    for outcome in outcomes:
        assert outcome.payload["errorType"] == "Runtime.ImportModuleError"
        assert "not_there" in outcome.payload["errorMessage"]
    assert any("not_there" in line for line in log)


def test_an_answer_above_lambdas_limit_is_an_error(function: Write) -> None:
    with Pool(function("return 'x' * 7_000_000")) as pool:
        assert pool.invoke({}).payload["errorType"] == "Function.ResponseSizeTooLarge"


def test_the_log_of_an_event_is_complete_before_its_answer(function: Write) -> None:
    log: list[str] = []
    body = "print('to stdout')\nprint('to stderr', file=sys.stderr)\nos.write(1, b'unfinished')"

    def slow_log(line: str) -> None:
        time.sleep(0.1)
        log.append(line)

    with Pool(function(body), log=slow_log) as pool:
        pool.invoke({})

        assert log == ["to stdout", "to stderr", "unfinished"]


def test_prewarming_imports_ahead(function: Write) -> None:
    with Pool(function("return 1", before="time.sleep(0.6)")) as pool:
        pool.prewarm()
        time.sleep(1)
        started = time.monotonic()

        pool.invoke({})

        assert time.monotonic() - started < 0.4


def test_leaving_ends_the_processes_even_in_the_middle_of_an_event(function: Write) -> None:
    with Pool(function("if event: time.sleep(60)\nreturn os.getpid()")) as pool:
        pid = pool.invoke({}).payload
        outcomes: list[Any] = []
        busy = threading.Thread(target=lambda: outcomes.append(pool.invoke({"sleep": True})))
        busy.start()
        time.sleep(0.2)
    busy.join(5)

    assert not busy.is_alive()
    assert outcomes[0].is_error
    assert not alive(pid)
