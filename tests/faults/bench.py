"""Runs every fault through the handler; `python -m tests.faults` prints what comes of each."""

import contextlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.faults import canaries
from tests.faults.aws_faults import AWS
from tests.faults.fault import FAILED, FULL_S, REFUSED, Expected, Fault, happened
from tests.faults.openai_faults import OPENAI, refused
from tests.faults.scene import Scene, Seen

FAULTS: Sequence[Fault] = [*OPENAI, *AWS]
STATUSES = range(300, 600)
FAULT_JOBS = [range(index, index + 1) for index in range(len(FAULTS))]
STATUS_JOBS = [range(start, start + 100) for start in STATUSES[::100]]
# Most of the time nobody works: the faults are about waiting.
WORKERS = 4
_PASSED_ON = (400, 409, 413, 422, 429)


@dataclass(frozen=True)
class Result:
    """What came of one fault.

    Attributes:
        whose: As in `Fault`.
        name: As in `Fault`.
        timeout_s: As in `Fault`.
        expected: As in `Fault`.
        happened: What came of it.
        elapsed_s: From event to answer.
        reason: What the operator's log says.
        leaks: The canaries that got out, and where.
        headers: The answer's.
        error_keys: Of the answer's `error`.
    """

    whose: str
    name: str
    timeout_s: float
    expected: Expected
    happened: Expected
    elapsed_s: float
    reason: str
    leaks: tuple[str, ...]
    headers: dict[str, str]
    error_keys: tuple[str, ...]


def run_all() -> list[Result]:
    """Every fault and every status, in order."""
    jobs = [*FAULT_JOBS, *STATUS_JOBS]
    # Fresh processes: a copy of this one would hold its threads' locks.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=warm_up) as workers:
        return [result for results in workers.map(_run, jobs) for result in results]


def warm_up() -> None:
    """Import everything, so that no fault's time is spent on it."""
    with Scene() as scene:
        scene.warm()


def run(fault: Fault) -> Result:
    """One fault."""
    with Scene(timeout_s=fault.timeout_s) as scene:
        fault.arrange(scene)
        return _result(fault, scene.invoke())


def of_status(status: int) -> Expected:
    """DESIGN's table: what a status of OpenAI's becomes."""
    if status in (400, 413, 422):
        return Expected(status, None, "never", 1, REFUSED)
    if status == 409:
        return Expected(409, None, "never", 1, REFUSED)
    if status == 429:
        return Expected(429, None, "their own rule", 1, REFUSED)
    if status in (401, 403):
        return Expected(502, "upstream_authentication_failed", "never", 1, FAILED)
    if status == 408:
        return Expected(504, "upstream_timeout", "never", 1, FAILED)
    if status >= 500:
        calls = 2 if status in (500, 502, 503) else 1
        return Expected(502, "upstream_error", "after 1000 ms", calls, FAILED)
    return Expected(502, "upstream_invalid_response", "never", 1, FAILED)


def _run(job: range) -> list[Result]:
    return list(_run_statuses(job)) if job.start in STATUSES else [run(FAULTS[job.start])]


def _run_statuses(statuses: range) -> Iterator[Result]:
    """In one environment, which so proves to get over each of them."""
    with Scene() as scene:
        for status in statuses:
            scene.openai.requests.clear()
            scene.openai.answer_with(refused(status))
            fault = Fault("OpenAI", f"answers {status}", lambda _: None, of_status(status))
            yield _result(fault, scene.invoke())


def _result(fault: Fault, seen: Seen) -> Result:
    answer = seen.answer
    error = {} if answer.status == 200 else answer.error
    reasons = [str(record["reason"]) for record in seen.records if record.get("reason")]
    return Result(
        fault.whose,
        fault.name,
        fault.timeout_s,
        fault.expected,
        happened(seen),
        seen.elapsed_s,
        reasons[-1] if reasons else "",
        leaks(seen),
        dict(answer.headers),
        tuple(error),
    )


def leaks(seen: Seen) -> tuple[str, ...]:
    """The canaries that got out, and where."""
    in_log = canaries.found_in(seen.whole_log, (*canaries.CREDENTIALS, *canaries.WORDS))
    answer = seen.answer
    body = answer.body
    if answer.status == 200:
        body = body.replace(f'"value":"{canaries.ISSUED}"', "")
    # What OpenAI says of the caller's request is passed on; so is the session.
    spoken = answer.status == 200 or answer.status in _PASSED_ON or answer.status in (403, 404)
    planted = canaries.CREDENTIALS if spoken else (*canaries.CREDENTIALS, *canaries.WORDS)
    in_answer = canaries.found_in(f"{dict(answer.headers)} {body}", planted)
    return (*(f"log: {each}" for each in in_log), *(f"answer: {each}" for each in in_answer))


@contextlib.contextmanager
def without_scrubbing() -> Iterator[None]:
    """The logs as they would be, to prove that the search finds what is there."""
    from unittest import mock

    from broker import logs

    with mock.patch.object(logs, "scrubbed_log", str):
        yield


def budget_s(timeout_s: float) -> float:
    """What all waits together may take."""
    return min(timeout_s, FULL_S) - 0.5
