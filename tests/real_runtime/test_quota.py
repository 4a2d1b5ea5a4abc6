"""The quota under real concurrency: several runtimes, one table."""

import collections
import copy
import json
from typing import Any

import pytest

from tests.real_runtime.conftest import event
from tests.real_runtime.neighbours import Neighbours
from tests.real_runtime.pool import Pool

ENVIRONMENTS = 4


def statuses(pool: Pool, events: list[dict[str, Any]]) -> collections.Counter[int]:
    outcomes = pool.invoke_all(events)
    assert not any(outcome.is_error for outcome in outcomes)
    return collections.Counter(outcome.payload["statusCode"] for outcome in outcomes)


def of(subject: str) -> dict[str, Any]:
    made = copy.deepcopy(event("jwt-caller"))
    made["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = subject
    return made


@pytest.mark.parametrize("limit", ["QuotaPerDay", "QuotaPerStackPerDay"])
def test_two_hundred_requests_at_once_issue_exactly_fifty(
    neighbours: Neighbours, limit: str
) -> None:
    clear(neighbours)
    with Pool(size=ENVIRONMENTS, environment=neighbours.environment({limit: 50})) as pool:
        pool.warm()

        counted = statuses(pool, [of("alice")] * 200)

        assert counted == {200: 50, 429: 150}
        assert len(neighbours.openai.requests) == 50


def test_two_callers_at_once_get_their_own_and_a_restart_gives_none_back(
    neighbours: Neighbours,
) -> None:
    clear(neighbours)
    environment = neighbours.environment({"QuotaPerDay": 20, "QuotaPerStackPerDay": 1000})
    with Pool(size=ENVIRONMENTS, environment=environment) as pool:
        pool.warm()
        outcomes = pool.invoke_all([of("alice"), of("bob")] * 40)
    with Pool(size=1, environment=environment) as restarted:
        after = [restarted.invoke(of(subject)).payload for subject in ("alice", "bob")]

    issued: collections.Counter[str] = collections.Counter()
    for number, outcome in enumerate(outcomes):
        issued["alice" if number % 2 == 0 else "bob"] += outcome.payload["statusCode"] == 200
    assert issued == {"alice": 20, "bob": 20}
    assert [answer["statusCode"] for answer in after] == [429, 429]
    assert json.loads(after[0]["body"])["error"]["code"] == "rate_limit_exceeded"
    names = {each.headers["openai-safety-identifier"] for each in neighbours.openai.requests}
    assert len(names) == 2


def clear(neighbours: Neighbours) -> None:
    """Forget what other tests were charged."""
    dynamodb = neighbours.aws.dynamodb
    table = neighbours.environment()["QUOTA_TABLE_NAME"]
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={"id": item["id"]})
