"""Every fault of the neighbours', through the handler: a row of the error table, in time."""

import functools

import pytest

from tests.faults import canaries
from tests.faults.bench import (
    FAULTS,
    STATUSES,
    Result,
    budget_s,
    leaks,
    of_status,
    run_all,
    without_scrubbing,
)
from tests.faults.openai_faults import refused
from tests.faults.scene import Scene
from tests.faults.table import table, without_times, written
from tests.raw_server import Reply
from tests.replies import reply

ALWAYS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
# The error table of the design: what the function may answer, whatever happens.
TABLE: dict[int, set[str | None]] = {
    401: {"unauthenticated"},
    403: {"not_allowed_by_policy", "user_blocked", "model_not_found"},
    404: {"profile_not_found", "model_not_found"},
    429: {"rate_limit_exceeded", None},
    502: {
        "upstream_authentication_failed",
        "upstream_error",
        "upstream_unreachable",
        "upstream_invalid_response",
    },
    503: {"upstream_quota_exhausted", "api_key_unavailable", "quota_unavailable"},
    504: {"upstream_timeout"},
}
OPENAIS_OWN = (400, 409, 413, 422)


@functools.cache
def bench() -> dict[str, Result]:
    return {f"{result.whose} {result.name}": result for result in run_all()}


NAMES = [
    *(f"{fault.whose} {fault.name}" for fault in FAULTS),
    *(f"OpenAI answers {status}" for status in STATUSES),
]


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_is_a_row_of_the_table_in_time_and_leaks_nothing(name: str) -> None:
    result = bench()[name]

    assert result.happened == result.expected
    assert result.elapsed_s <= budget_s(result.timeout_s) + 0.5
    assert result.leaks == ()
    assert ALWAYS.items() <= result.headers.items()
    if result.happened.status != 200:
        assert set(result.error_keys) == {"message", "type", "param", "code"}
        own = result.happened.status in OPENAIS_OWN
        assert own or result.happened.code in TABLE[result.happened.status]


def test_the_operators_table_is_what_happens() -> None:
    assert without_times(written()) == without_times(table(bench().values()))


def test_a_failure_tells_the_operator_why() -> None:
    failures = [each for each in bench().values() if each.happened.logged.startswith("ERROR")]

    assert len(failures) > 200
    assert all(failure.reason for failure in failures)


def test_the_search_finds_what_the_libraries_would_have_logged() -> None:
    with Scene() as scene, without_scrubbing():
        seen = scene.invoke()

    # botocore shows these at DEBUG, so without the guard they are in the log.
    logged = {leak.removeprefix("log: ") for leak in leaks(seen) if leak.startswith("log: ")}
    assert logged >= {canaries.API_KEY, canaries.PEPPER, canaries.AWS_SESSION_TOKEN}
    assert "DEBUG urllib3.connectionpool" in seen.whole_log
    assert "DEBUG botocore" in seen.whole_log


def test_the_search_finds_one_planted_in_an_answer() -> None:
    with Scene() as scene:
        scene.openai.answer_with(_session_with(f"see {canaries.AWS_SESSION_TOKEN}."))
        seen = scene.invoke()

    assert leaks(seen) == (f"answer: {canaries.AWS_SESSION_TOKEN}",)


def test_a_key_in_openais_session_is_taken_out() -> None:
    with Scene() as scene:
        scene.openai.answer_with(_session_with(f"see {canaries.API_KEY}."))
        seen = scene.invoke()

    assert leaks(seen) == ()
    assert seen.answer.json["session"]["instructions"] == "see <redacted>."


def test_a_healthy_environment_follows_every_fault_of_openais() -> None:
    with Scene() as scene:
        for status in (302, 401, 403, 429, 500, 599):
            scene.openai.answer_with(refused(status))
            assert scene.invoke().answer.status == of_status(status).status
        scene.openai.answer_with(_session_with("well"))
        seen = scene.invoke()

    assert seen.answer.status == 200


def _session_with(instructions: str) -> Reply:
    session = {"type": "realtime", "instructions": instructions}
    return reply(200, {"value": canaries.ISSUED, "expires_at": 1, "session": session})
