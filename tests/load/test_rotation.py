"""A new API key under load: put in by hand, and twice by the rotation itself."""

import collections
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from local.gateway import Invoke
from local.lambda_api import lambda_api
from local.lifeline import ROOT
from local.openai_admin import ADMIN_KEY
from local.rotation import FUNCTION, rotate, rotation_function, switch_on
from tests.load.soak import status_and_code
from tests.real_runtime.built import built
from tests.real_runtime.neighbours import API_KEY, Neighbours
from tests.real_runtime.pool import Pool

ENVIRONMENTS = 16
# Enough for every environment to get some.
AFTERWARDS = 320
NEW_KEY = "sk-test-canary-fedcba9876543210"
EVENT: Mapping[str, Any] = json.loads((ROOT / "events" / "realtime.json").read_text())


@pytest.mark.timeout(300)
def test_of_two_thousand_requests_around_a_new_key_none_fails() -> None:
    requests = 2000
    with Neighbours() as neighbours, ExitStack() as stack:
        variables = neighbours.environment()
        pool = stack.enter_context(Pool(size=ENVIRONMENTS, environment=variables))
        pool.warm()

        def put_in() -> None:
            # OpenAI knows a key before Secrets Manager does.
            neighbours.openai.accept_keys(API_KEY, NEW_KEY)
            neighbours.aws.put_secret(variables["OPENAI_API_KEY_SECRET_ID"], NEW_KEY)
            neighbours.openai.accept_keys(NEW_KEY)

        answers = load(pool, requests, {requests // 3: put_in})
        log = pool.text()

    assert [answer for answer in answers if answer != (200, None)] == []
    used = [request.headers["authorization"] for request in neighbours.openai.requests]
    by_key = {key: used.count(f"Bearer {key}") for key in (API_KEY, NEW_KEY)}
    # Each environment was refused once, or had nothing to do before.
    assert 1 <= len(used) - requests <= ENVIRONMENTS
    assert all(count > requests // 4 for count in by_key.values())
    assert not any(key in log for key in by_key)


@pytest.mark.timeout(300)
def test_of_five_thousand_requests_around_two_rotations_none_fails() -> None:
    requests = 5000
    with rotating_stack() as stack:
        # So that the second rotation deletes the account whose key every environment holds now.
        first = stack.rotate()
        assert set(map(status_and_code, stack.payloads(AFTERWARDS))) == {(200, None)}
        versions: list[str] = []
        keys = [stack.key()]
        stack.neighbours.openai.forget()

        answers = load(
            stack.pool,
            requests,
            {
                # Early, as a rotation beside so much load takes its time.
                requests // 50: lambda: versions.append(stack.rotate()),
                requests // 10: lambda: versions.append(stack.rotate()),
            },
        )
        # Whoever was not refused until then, is now.
        answers += map(status_and_code, stack.payloads(AFTERWARDS))

        admin, issued = stack.neighbours.openai.admin, stack.neighbours.openai.issued
        used = collections.Counter(
            request.headers["authorization"].removeprefix("Bearer ")
            for request in stack.neighbours.openai.requests
            if request.path.endswith("client_secrets")
        )
        labels = stack.labels()
        keys += [stack.key("AWSPREVIOUS"), stack.key()]
    log = stack.pool.text() + stack.rotation.text()

    assert collections.Counter(answers) == {(200, None): requests + AFTERWARDS}
    before, current = versions
    assert labels == {current: ["AWSCURRENT"], before: ["AWSPREVIOUS"]}
    assert first not in labels
    assert len(admin.accounts) == 2
    assert len(admin.deleted) == 1
    # An environment keeps the key it has until it is refused, so the one in between serves few; it
    # has been proven. Each environment that held the first was refused once.
    assert used.keys() == set(keys)
    assert min(used[keys[0]], used[keys[2]]) > requests // 50
    # The rotations themselves have minted two.
    assert 1 <= sum(used.values()) - requests - AFTERWARDS - 2 <= ENVIRONMENTS
    assert log.count('"key_rotated"') == 3
    assert len(issued) > requests
    assert not any(each in log for each in (ADMIN_KEY, API_KEY, *used, *issued))


def load(
    pool: Pool, requests: int, meanwhile: Mapping[int, Callable[[], None]]
) -> list[tuple[int, str | None]]:
    """So many requests, as many at once as there are environments.

    *meanwhile* is done by a thread of its own, each when so many requests have been answered.
    """
    answered = threading.Semaphore(0)

    def act() -> None:
        seen = 0
        for count, action in meanwhile.items():
            for _ in range(count - seen):
                answered.acquire()
            seen = count
            action()

    def invoke(_: int) -> tuple[int, str | None]:
        outcome = pool.invoke(EVENT)
        answered.release()
        return status_and_code(outcome.payload)

    with ThreadPoolExecutor(ENVIRONMENTS + 1) as threads:
        acting = threads.submit(act)
        answers = list(threads.map(invoke, range(requests)))
        acting.result()
    return answers


@dataclass(frozen=True)
class RotatingStack:
    """Both functions under the real runtime, between the same neighbours."""

    neighbours: Neighbours
    pool: Pool
    rotation: Pool
    secret_id: str

    def rotate(self) -> str:
        """As `aws secretsmanager rotate-secret` does, to its end; the version that is current."""
        return rotate(self.neighbours.aws.secrets_manager, secret_id=self.secret_id)

    def payloads(self, requests: int) -> list[Any]:
        """What so many requests are answered with."""
        return [outcome.payload for outcome in self.pool.invoke_all([EVENT] * requests)]

    def key(self, label: str = "AWSCURRENT") -> str:
        """The key of the version with this label."""
        found = self.neighbours.aws.secrets_manager.get_secret_value(
            SecretId=self.secret_id, VersionStage=label
        )
        api_key: str = json.loads(found["SecretString"])["api_key"]
        return api_key

    def labels(self) -> dict[str, list[str]]:
        found = self.neighbours.aws.secrets_manager.describe_secret(SecretId=self.secret_id)
        return found["VersionIdsToStages"]


@contextmanager
def rotating_stack() -> Iterator[RotatingStack]:
    functions: dict[str, Invoke] = {}
    with lambda_api(functions) as api, Neighbours(lambda_url=api.url) as neighbours:
        variables = neighbours.environment()
        secret_id = variables["OPENAI_API_KEY_SECRET_ID"]
        function = rotation_function(
            neighbours.aws, secret_name=secret_id, base_url=neighbours.openai.base_url
        )
        with (
            Pool(
                environment=function.environment,
                timeout_s=function.timeout_s,
                path=[built().rotation],
            ) as rotation,
            Pool(size=ENVIRONMENTS, environment=variables) as pool,
        ):
            pool.warm()
            functions[FUNCTION] = rotation.invoke
            client = neighbours.aws.secrets_manager
            switch_on(client, secret_id=secret_id, function_arn=function.arn)
            yield RotatingStack(neighbours, pool, rotation, secret_id)
