"""The quota on moto's DynamoDB, and what a caller learns of it."""

import json
import math
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from broker import aws
from broker.errors import BrokerError, LimitError, OperatorError, Rows
from broker.ledger import Ledger
from broker.logs import make_logger
from broker.quota import Charge, Quota
from broker.quota_windows import Limits
from broker.settings import Settings
from local.aws import LocalAws
from local.openai_standin import Answer as Scripted
from local.openai_standin import openai_error
from local.template import read_template
from tests.integration.conftest import API_KEY, PEPPER, Stack, event

ALICE, BOB = "a" * 32, "b" * 32
NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC).timestamp()
TABLE = read_template()["Resources"]["QuotaTable"]["Properties"]
OFF = Limits(per_minute=0, per_day=0, per_stack_per_day=0)


class Till:
    """A quota in the middle of a minute, whose clock can be moved."""

    def __init__(self, settings: Settings, aws: LocalAws) -> None:
        self.now = NOON
        self.aws = aws
        self.table = settings.quota_table_name
        ledger = Ledger(make_logger("test"), service_name="test")
        self.quota = Quota(settings, ledger=ledger, clock=lambda: self.now)

    def charge(self, caller: str = ALICE, error: BrokerError | None = None) -> Charge:
        with self.quota.charged(caller, remaining_ms=lambda: 12_000) as charge:
            if error is not None:
                raise error
        return charge

    def fail(
        self, meanwhile: Callable[[], object] = lambda: None, *, remaining_ms: int = 12_000
    ) -> None:
        """Charge, and do not reach OpenAI."""

        def charged() -> None:
            with self.quota.charged(ALICE, remaining_ms=lambda: remaining_ms):
                meanwhile()
                raise OperatorError(Rows.API_KEY_UNAVAILABLE, "No key.")

        with pytest.raises(OperatorError):
            charged()

    def refused(self, caller: str = ALICE) -> LimitError:
        with pytest.raises(LimitError) as caught:
            self.charge(caller)
        return caught.value

    def items(self) -> dict[str, dict[str, int]]:
        found = self.aws.dynamodb.scan(TableName=self.table)["Items"]
        return {
            item["id"]["S"]: {name: int(value["N"]) for name, value in item.items() if "N" in value}
            for item in found
        }

    def day(self, owner: str) -> int:
        return self.items().get(f"{owner}#2026-11-22", {}).get("day", 0)


@pytest.fixture
def till(start: Callable[..., Stack], aws: LocalAws) -> Callable[..., Till]:
    def made(**limits: Any) -> Till:
        # Its variables lead to moto; the quota is used by itself.
        start()
        settings = Settings.from_env(os.environ)
        aws.create_table(settings.quota_table_name, TABLE)
        return Till(replace(settings, quota_limits=replace(OFF, **limits)), aws)

    return made


def test_a_minute_takes_its_number_and_the_next_one_again(till: Callable[..., Till]) -> None:
    one = till(per_minute=2)

    one.charge()
    one.charge()
    refusal = one.refused()
    one.now += 30

    assert refusal.headers["retry-after"] == "30"
    assert refusal.headers["x-should-retry"] == "false"
    assert one.charge().remaining == {"minute": 1}


def test_a_day_takes_its_number_and_the_next_one_again(till: Callable[..., Till]) -> None:
    one = till(per_day=1)

    one.charge()
    refusal = one.refused()
    one.now += 12 * 3600

    assert refusal.headers["retry-after"] == str(11 * 3600 + 59 * 60 + 30)
    assert refusal.headers["x-ratelimit-reset-requests"] == "11h59m30s"
    assert one.charge().remaining == {"day": 0}


def test_sdks_wait_by_themselves_when_the_minute_is_nearly_over(till: Callable[..., Till]) -> None:
    one = till(per_minute=1)
    one.now += 24.75

    one.charge()
    refusal = one.refused()

    assert refusal.headers["retry-after"] == "6"
    assert refusal.headers["retry-after-ms"] == "5250"
    assert "x-should-retry" not in refusal.headers
    assert refusal.headers["x-ratelimit-reset-requests"] == "5.25s"


def test_of_two_limits_that_are_reached_the_longer_wait_is_told(till: Callable[..., Till]) -> None:
    one = till(per_minute=1, per_day=1)

    one.charge()

    assert int(one.refused().headers["retry-after"]) > 60


def test_two_callers_do_not_disturb_each_other(till: Callable[..., Till]) -> None:
    one = till(per_minute=1, per_day=1)

    one.charge(ALICE)
    one.refused(ALICE)

    assert one.charge(BOB).remaining == {"minute": 0, "day": 0}


def test_refusals_change_no_count(till: Callable[..., Till]) -> None:
    one = till(per_minute=1, per_day=5, per_stack_per_day=5)
    one.charge()
    before = one.items()

    for _ in range(5):
        one.refused()

    assert one.items() == before


def test_a_refusal_of_the_stack_gives_the_callers_day_back_and_not_the_minute(
    till: Callable[..., Till],
) -> None:
    one = till(per_minute=10, per_day=5, per_stack_per_day=1)
    one.charge(ALICE)

    refusal = one.refused(BOB)

    assert "all its client secrets" in refusal.message
    assert one.items()[f"caller#{BOB}#2026-11-22"] | {"expires_at": 0} == {
        "day": 0,
        "m1200": 1,
        "expires_at": 0,
    }
    assert one.day("stack") == 1


def failed(status: int, *, code: str | None = None, before: int | None = None) -> BrokerError:
    """What the upstream step raises for this status, after a first attempt with another."""
    from broker.upstream import answer_to
    from openai_realtime.errors import status_error

    error = status_error(status, body={"error": {"code": code}}, headers={})
    if before is not None:
        error.may_have_acted |= status_error(before, body=b"", headers={}).may_have_acted
    answer = answer_to(error)
    answer.__cause__ = error
    return answer


def unreachable(*, sent: bool) -> BrokerError:
    from broker.upstream import answer_to
    from openai_realtime.errors import APIConnectionError

    error = APIConnectionError(request_sent=sent)
    answer = answer_to(error)
    answer.__cause__ = error
    return answer


GIVEN_BACK = [
    *[pytest.param(failed(status), id=str(status)) for status in (400, 401, 403, 413, 422, 429)],
    pytest.param(failed(404, code="model_not_found"), id="404-model"),
    pytest.param(failed(400, code="identifier_blocked"), id="blocked"),
    pytest.param(failed(429, code="insufficient_quota"), id="spent"),
    pytest.param(unreachable(sent=False), id="unreachable"),
    pytest.param(OperatorError(Rows.API_KEY_UNAVAILABLE, "No key."), id="no key"),
    pytest.param(
        OperatorError(Rows.SECRETS_MANAGER_UNAVAILABLE, "No AWS."), id="no Secrets Manager"
    ),
]
KEPT = [
    *[pytest.param(failed(status), id=str(status)) for status in (307, 404, 408, 409, 418)],
    *[pytest.param(failed(status), id=str(status)) for status in (500, 502, 503, 504)],
    pytest.param(failed(400, before=500), id="400 after 500"),
    pytest.param(unreachable(sent=True), id="cut off"),
]


@pytest.mark.parametrize("error", GIVEN_BACK)
def test_the_days_are_given_back_when_openai_certainly_issued_nothing(
    till: Callable[..., Till], error: BrokerError
) -> None:
    one = till(per_minute=10, per_day=10, per_stack_per_day=10)

    with pytest.raises(BrokerError):
        one.charge(error=error)

    assert (one.day(f"caller#{ALICE}"), one.day("stack")) == (0, 0)
    assert one.items()[f"caller#{ALICE}#2026-11-22"]["m1200"] == 1


@pytest.mark.parametrize("error", KEPT)
def test_the_days_stay_when_a_secret_may_exist(
    till: Callable[..., Till], error: BrokerError
) -> None:
    one = till(per_minute=10, per_day=10, per_stack_per_day=10)

    with pytest.raises(BrokerError):
        one.charge(error=error)

    assert (one.day(f"caller#{ALICE}"), one.day("stack")) == (1, 1)


def test_without_time_left_nothing_is_given_back(till: Callable[..., Till]) -> None:
    one = till(per_day=10)

    one.fail(remaining_ms=2000)

    assert one.day(f"caller#{ALICE}") == 1


def test_what_is_not_counted_is_not_given_back(till: Callable[..., Till]) -> None:
    one = till(per_minute=10, per_day=10)
    key = {"id": {"S": f"caller#{ALICE}#2026-11-22"}}

    one.fail(lambda: one.aws.dynamodb.delete_item(TableName=one.table, Key=key))

    assert one.items() == {}


def test_a_charge_of_yesterday_is_given_back_to_yesterday(till: Callable[..., Till]) -> None:
    one = till(per_day=10)
    one.now = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC).timestamp()

    def past_midnight() -> None:
        one.now += 2
        one.charge()

    one.fail(past_midnight)

    days = {name: item["day"] for name, item in one.items().items()}
    assert days == {f"caller#{ALICE}#2026-11-22": 0, f"caller#{ALICE}#2026-11-23": 1}


def charged_in(one: Till, minutes: Iterable[int]) -> dict[str, Any]:
    """The one item, after a charge in each of these minutes of the day."""
    for minute in minutes:
        one.now = NOON - 30 - 12 * 3600 + minute * 60
        one.charge()
    [item] = one.aws.dynamodb.scan(TableName=one.table)["Items"]
    return item


def test_minutes_that_are_over_leave_nothing_behind(till: Callable[..., Till]) -> None:
    item = charged_in(till(per_minute=9, per_day=99), range(0, 100, 3))

    assert sorted(item) == ["day", "expires_at", "id", "m0139"]


def test_an_item_stays_below_the_kilobyte_that_is_billed(till: Callable[..., Till]) -> None:
    # Two minutes together, then just so long that neither goes: no other day leaves more behind.
    minutes = [each + more for each in range(0, 1440, 32) for more in (0, 1)]

    item = charged_in(till(per_minute=99_999, per_day=999_999), minutes)

    # An attribute is its name and its value; a number takes a byte for two digits, and one more.
    size = sum(
        len(name) + (math.ceil(len(value["N"]) / 2) + 1 if "N" in value else len(value["S"]))
        for name, value in item.items()
    )
    # Counts of five digits would add two bytes each.
    assert size + 2 * len(item) < 1024
    assert int(item["day"]["N"]) == len(minutes)


def test_a_clock_that_is_behind_goes_on_with_its_minute(till: Callable[..., Till]) -> None:
    one = till(per_minute=2)
    one.charge()
    one.now += 40
    one.charge()
    one.now -= 40

    assert one.charge().remaining == {"minute": 0}
    one.refused()


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    """The parameters of every call that a client made from now on is about to send."""
    requests: list[dict[str, Any]] = []

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        requests.append({"operation": model.name, **params})

    aws.forget()
    handler: Any = record
    aws.session().register("provide-client-params.*.*", handler)
    yield requests
    aws.forget()


def test_one_condition_is_sent_for_the_caller_and_one_for_the_stack(
    till: Callable[..., Till], sent: list[dict[str, Any]]
) -> None:
    till(per_minute=10, per_day=100, per_stack_per_day=1000).charge()

    assert [request["operation"] for request in sent] == ["UpdateItem", "UpdateItem"]
    caller, stack = sent
    assert caller["ConditionExpression"] == (
        "(attribute_not_exists(#day) OR #day < :day) AND "
        "(attribute_not_exists(#minute) OR #minute < :minute)"
    )
    assert stack["ConditionExpression"] == "(attribute_not_exists(#day) OR #day < :day)"
    assert caller["UpdateExpression"].startswith(
        "ADD #day :one, #minute :one SET #expires_at = :expires_at REMOVE m1158, m1157,"
    )
    assert stack["UpdateExpression"] == "ADD #day :one SET #expires_at = :expires_at"
    assert caller["ExpressionAttributeNames"] == {
        "#day": "day",
        "#minute": "m1200",
        "#expires_at": "expires_at",
    }
    limits = {name: caller["ExpressionAttributeValues"][name]["N"] for name in (":day", ":minute")}
    assert limits == {":day": "100", ":minute": "10"}
    assert caller["Key"] == {"id": {"S": f"caller#{ALICE}#2026-11-22"}}


def test_with_all_limits_off_no_client_is_made(
    till: Callable[..., Till], sent: list[dict[str, Any]]
) -> None:
    one = till()

    charge = one.charge()

    assert sent == []
    assert one.quota._table._client is None
    assert (charge.headers, charge.remaining) == ({}, {})


def test_fifty_of_two_hundred_at_once_pass(till: Callable[..., Till]) -> None:
    one = till(per_day=50, per_stack_per_day=1000)

    def passes(_: int) -> bool:
        try:
            one.charge()
        except LimitError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        passed = sum(threads.map(passes, range(200)))

    assert passed == 50
    assert (one.day(f"caller#{ALICE}"), one.day("stack")) == (50, 50)


# ---- through the handler ------------------------------------------------------------------------


@pytest.fixture
def limited(start: Callable[..., Stack], aws: LocalAws) -> Callable[..., Stack]:
    """A stack with a quota table and these limits."""

    def made(**variables: str) -> Stack:
        stack = start(**variables)
        aws.create_table(os.environ["QUOTA_TABLE_NAME"], TABLE)
        return stack

    return made


def test_a_caller_is_told_what_is_left_and_then_when_to_come_back(
    limited: Callable[..., Stack],
) -> None:
    stack = limited(QUOTA_PER_DAY="2")

    first, second, third = (stack.post({}) for _ in range(3))

    assert [answer.status for answer in (first, second, third)] == [200, 200, 429]
    left = [a.headers["x-ratelimit-remaining-requests"] for a in (first, second, third)]
    assert left == ["1", "0", "0"]
    assert third.error == {
        "message": "You have asked for too many client secrets today. The limit is 2.",
        "type": "requests",
        "param": None,
        "code": "rate_limit_exceeded",
    }
    assert third.headers["x-should-retry"] == "false"
    assert 0 < int(third.headers["retry-after"]) <= 86_400
    assert len(stack.openai.requests) == 2


def test_a_restart_changes_no_count(limited: Callable[..., Stack]) -> None:
    stack = limited(QUOTA_PER_DAY="1")
    stack.post({})
    del stack.__dict__["app"]

    assert stack.post({}).status == 429


def test_a_body_that_openai_refuses_costs_the_minute(limited: Callable[..., Stack]) -> None:
    stack = limited(QUOTA_PER_MINUTE="2", QUOTA_PER_DAY="2")
    stack.openai.script(*[Scripted(400, openai_error("No.", code="invalid_value"))] * 2)

    statuses = [stack.post({}).status for _ in range(3)]

    assert statuses == [400, 400, 429]


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ([400], 2),
        ([401], 2),
        ([500, 400], 1),
        ([503, 401], 1),
        ([500, 500], 1),
    ],
    ids=str,
)
def test_a_refusal_after_a_failure_gives_nothing_back(
    limited: Callable[..., Stack], answers: list[int], left: int
) -> None:
    stack = limited(QUOTA_PER_DAY="3")
    stack.openai.script(*[Scripted(each, openai_error("No.")) for each in answers])

    stack.post({})

    assert stack.post({}).headers["x-ratelimit-remaining-requests"] == str(left)


def test_a_body_that_we_refuse_costs_nothing(limited: Callable[..., Stack]) -> None:
    stack = limited(QUOTA_PER_MINUTE="1")

    statuses = [stack.post("[]").status, stack.post({"nonsense": 1}).status, stack.post({}).status]

    assert statuses == [400, 400, 200]


@pytest.mark.parametrize(
    ("mode", "status", "code"), [("closed", 503, "quota_unavailable"), ("open", 200, None)]
)
def test_without_its_table_the_operator_chose_what_happens(
    start: Callable[..., Stack], mode: str, status: int, code: str | None
) -> None:
    stack = start(QUOTA_PER_DAY="1", QUOTA_FAILURE_MODE=mode)

    answer = stack.post({})

    assert answer.status == status
    logs = stack.read_logs()
    if code:
        assert answer.error["code"] == code
        assert answer.headers["retry-after"] == "2"
        assert stack.openai.requests == []
    else:
        assert '"QuotaBypassed"' in logs
    assert "ResourceNotFoundException" in logs


def test_a_table_that_does_not_answer_is_not_asked_twice(start: Callable[..., Stack]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stack = start(
            QUOTA_PER_DAY="1",
            AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{silent.getsockname()[1]}",
        )
        began = time.monotonic()
        answer = stack.post({})
        elapsed_s = time.monotonic() - began
        silent.settimeout(0.2)
        silent.accept()[0].close()
        with pytest.raises(TimeoutError):
            silent.accept()

    assert (answer.status, answer.error["code"]) == (503, "quota_unavailable")
    assert elapsed_s < 4


def test_the_ledger_says_what_is_left_and_which_limit_refused(
    limited: Callable[..., Stack],
) -> None:
    stack = limited(QUOTA_PER_DAY="1", QUOTA_PER_STACK_PER_DAY="5")

    stack.post({})
    stack.post({})

    records = [json.loads(line) for line in stack.read_logs().splitlines() if line.startswith("{")]
    [issued] = [each for each in records if each.get("message") == "client_secret_issued"]
    [refused] = [each for each in records if each.get("message") == "request_refused"]
    assert issued["quota_remaining"] == {"day": 0, "stack_day": 4}
    assert refused["quota_limit"] == "day"
    assert refused["caller"] == issued["caller"]
    assert any(each.get("QuotaExceeded") and each.get("limit") == "day" for each in records)


def test_callers_are_counted_apart(limited: Callable[..., Stack]) -> None:
    stack = limited(QUOTA_PER_DAY="1")

    answers = [stack.invoke(event(name)) for name in ("realtime", "jwt-caller", "realtime")]

    assert [answer.status for answer in answers] == [200, 200, 429]


# ---- what a warm request costs ------------------------------------------------------------------


def test_with_all_quotas_off_a_warm_request_makes_one_call_to_openai(
    start: Callable[..., Stack],
) -> None:
    with LocalAws() as own:
        stack = start(**{**own.environment(), **secrets_in(own)})
        assert stack.post({}).status == 200
    # From here on, any call to AWS would fail the request.

    answer = stack.post({})

    assert answer.status == 200
    assert len(stack.openai.requests) == 2


def test_with_quotas_on_it_makes_two_more_to_dynamodb(
    limited: Callable[..., Stack], sent: list[dict[str, Any]]
) -> None:
    with LocalAws() as own:
        where = {"AWS_ENDPOINT_URL_SECRETS_MANAGER": own.url, **secrets_in(own)}
        stack = limited(
            QUOTA_PER_MINUTE="9", QUOTA_PER_DAY="9", QUOTA_PER_STACK_PER_DAY="9", **where
        )
        assert stack.post({}).status == 200
        sent.clear()
    # From here on, any call to Secrets Manager would fail the request.

    answer = stack.post({})

    assert answer.status == 200
    assert len(stack.openai.requests) == 2
    assert [request["operation"] for request in sent] == ["UpdateItem", "UpdateItem"]


def secrets_in(aws: LocalAws) -> dict[str, str]:
    return {
        "OPENAI_API_KEY_SECRET_ID": aws.put_secret("key", API_KEY),
        "SAFETY_PEPPER_SECRET_ID": aws.put_secret("pepper", PEPPER),
    }
