"""Many requests through the real runtime while OpenAI fails one in twenty."""

import collections
import json
import statistics
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.functions import Outcome
from local.lifeline import ROOT
from tests.load.faulty_openai import FaultyOpenAI
from tests.raw_server import RawServer
from tests.real_runtime.neighbours import API_KEY, Neighbours
from tests.real_runtime.pool import Pool

SIZES = (1, 4, 16)
# Of all requests, those that go through 1, 4 and 16 environments.
SHARES = (0.15, 0.35, 0.5)
# Before memory is measured: by then, everything that is made once has been made.
WARMING = 40
FUNCTION_TIME_S = 12.0

# What may be answered to the faults of `FaultyOpenAI`, and nothing else.
ANSWERS = {
    (200, None),
    (400, "invalid_value"),
    (429, "rate_limit_exceeded"),
    (502, "upstream_error"),
    (502, "upstream_authentication_failed"),
    (502, "upstream_invalid_response"),
    (502, "upstream_unreachable"),
    (504, "upstream_timeout"),
}


@dataclass(frozen=True)
class Usage:
    """What the environments' processes hold, each.

    Attributes:
        rss_kib: Resident memory, KiB.
        descriptors: Open files and sockets.
        threads: Threads.
    """

    rss_kib: list[int]
    descriptors: list[int]
    threads: list[int]


@dataclass(frozen=True)
class Soaked:
    """What came of it.

    Attributes:
        environments: How many.
        requests: How many.
        faults: By name, those of OpenAI's.
        answers: How often each status and code was answered.
        lost: Lambda's errors, for requests without an answer of the function's.
        outside: Answers outside the table.
        repeated: Client secrets that more than one caller got.
        issued: Those that OpenAI sent whole.
        start: After the first requests.
        end: After the last.
        p50_ms: Median, as the emulator's caller sees it.
        p99_ms: Of a hundred, the slowest but one.
    """

    environments: int
    requests: int
    faults: Mapping[str, int]
    answers: Mapping[tuple[int, str | None], int]
    lost: tuple[str, ...]
    outside: int
    repeated: int
    issued: int
    start: Usage
    end: Usage
    p50_ms: float
    p99_ms: float


def soak(size: int, requests: int) -> Soaked:
    """So many requests through *size* environments."""
    with _between_neighbours(size) as (pool, openai):
        _warm(pool)
        start = usage_of(pool.runtime_pids())
        openai.issued = 0
        openai.faults = dict.fromkeys(openai.faults, 0)
        outcomes = pool.invoke_all([_event()] * requests)
        end = usage_of(pool.runtime_pids())
        return _soaked(size, outcomes, openai, start, end)


@contextmanager
def _between_neighbours(size: int) -> Iterator[tuple[Pool, FaultyOpenAI]]:
    openai = FaultyOpenAI(api_key=API_KEY)
    with Neighbours() as neighbours, RawServer(openai) as server:
        environment = neighbours.environment({"OpenAIBaseUrl": server.base_url})
        with Pool(size=size, environment=environment, timeout_s=FUNCTION_TIME_S) as pool:
            yield pool, openai


def _warm(pool: Pool) -> None:
    pool.warm()
    pool.invoke_all([_event()] * (WARMING * pool.size))


def _event() -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / "realtime.json").read_text())
    return event


def _soaked(
    size: int, outcomes: list[Outcome], openai: FaultyOpenAI, start: Usage, end: Usage
) -> Soaked:
    answered = [outcome.payload for outcome in outcomes if not outcome.is_error]
    answers = collections.Counter(map(status_and_code, answered))
    values = [json.loads(each["body"])["value"] for each in answered if each["statusCode"] == 200]
    quantiles = statistics.quantiles([outcome.duration_ms for outcome in outcomes], n=100)
    return Soaked(
        environments=size,
        requests=len(outcomes),
        faults=openai.faults,
        answers=answers,
        lost=tuple(str(outcome.payload) for outcome in outcomes if outcome.is_error),
        outside=sum(count for answer, count in answers.items() if answer not in ANSWERS),
        repeated=len(values) - len(set(values)),
        issued=openai.issued,
        start=start,
        end=end,
        p50_ms=quantiles[49],
        p99_ms=quantiles[98],
    )


def status_and_code(answer: Mapping[str, Any]) -> tuple[int, str | None]:
    """Of an answer, what the table goes by."""
    status = answer["statusCode"]
    return status, None if status == 200 else json.loads(answer["body"])["error"]["code"]


def usage_of(pids: list[int]) -> Usage:
    """What these processes hold now."""
    status = [
        dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        for pid in pids
    ]
    return Usage(
        rss_kib=[int(each["VmRSS"].split()[0]) for each in status],
        descriptors=[len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids],
        threads=[int(each["Threads"]) for each in status],
    )
