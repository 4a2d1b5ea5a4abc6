import json
import time

from tests.real_runtime.conftest import event
from tests.real_runtime.neighbours import Neighbours
from tests.real_runtime.pool import Pool

REQUESTS = 2000
ENVIRONMENTS = 4
# About four seconds on two cores; the rest is for machines that are busy with something else.
LONGEST_S = 60


def test_four_environments_answer_two_thousand_requests_without_a_failure(
    neighbours: Neighbours,
) -> None:
    minting = event("realtime")

    with Pool(size=ENVIRONMENTS, environment=neighbours.environment()) as pool:
        pool.warm()
        started = time.monotonic()
        outcomes = pool.invoke_all([minting] * REQUESTS)
        elapsed_s = time.monotonic() - started
        pids = pool.runtime_pids()

    answers = [outcome.payload for outcome in outcomes if not outcome.is_error]
    assert [answer["statusCode"] for answer in answers] == [200] * REQUESTS
    assert len({json.loads(answer["body"])["value"] for answer in answers}) == REQUESTS
    assert len(neighbours.openai.requests) == REQUESTS
    assert len(set(pids)) == ENVIRONMENTS
    assert not any(outcome.is_cold for outcome in outcomes)
    assert all(any("client_secret_issued" in line for line in lines) for lines in pool.log)
    assert elapsed_s < LONGEST_S
