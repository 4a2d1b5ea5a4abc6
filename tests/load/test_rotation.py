"""A new API key under load: the old one is refused from the moment the new one is stored."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from local.lifeline import ROOT
from tests.load.soak import status_and_code
from tests.real_runtime.neighbours import API_KEY, Neighbours
from tests.real_runtime.pool import Pool

REQUESTS = 2000
ENVIRONMENTS = 16
NEW_KEY = "sk-test-canary-fedcba9876543210"


@pytest.mark.timeout(300)
def test_of_two_thousand_requests_around_a_rotation_none_fails() -> None:
    event = json.loads((ROOT / "events" / "realtime.json").read_text())
    answered = threading.Semaphore(0)

    with Neighbours() as neighbours, ExitStack() as stack:
        variables = neighbours.environment()
        pool = stack.enter_context(Pool(size=ENVIRONMENTS, environment=variables))
        pool.warm()

        def rotate() -> None:
            for _ in range(REQUESTS // 3):
                answered.acquire()
            # OpenAI knows a key before Secrets Manager does.
            neighbours.openai.accept_keys(API_KEY, NEW_KEY)
            neighbours.aws.put_secret(variables["OPENAI_API_KEY_SECRET_ID"], NEW_KEY)
            neighbours.openai.accept_keys(NEW_KEY)

        def invoke(_: int) -> tuple[int, str | None]:
            outcome = pool.invoke(event)
            answered.release()
            return status_and_code(outcome.payload)

        rotating = threading.Thread(target=rotate)
        rotating.start()
        with ThreadPoolExecutor(ENVIRONMENTS) as callers:
            answers = list(callers.map(invoke, range(REQUESTS)))
        rotating.join()
        log = pool.text()

    assert [answer for answer in answers if answer != (200, None)] == []
    used = [request.headers["authorization"] for request in neighbours.openai.requests]
    by_key = {key: used.count(f"Bearer {key}") for key in (API_KEY, NEW_KEY)}
    # Each environment was refused once, or had nothing to do before.
    assert 1 <= len(used) - REQUESTS <= ENVIRONMENTS
    assert all(count > REQUESTS // 4 for count in by_key.values())
    assert not any(key in log for key in by_key)
