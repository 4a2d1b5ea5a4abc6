from datetime import UTC, datetime

import pytest

from broker.quota_windows import Limits, caller_step, stack_step

LIMITS = Limits(per_minute=10, per_day=100, per_stack_per_day=1000)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_a_request_is_counted_in_its_minute_and_day_in_utc() -> None:
    step = caller_step("abc", LIMITS, at("2026-11-22T09:15:42.5"))

    assert step is not None
    assert step.item_id == "caller#abc#2026-11-22"
    assert step.minute == "m0915"
    assert step.minute_ends_in_s == pytest.approx(17.5)
    assert step.day_ends_in_s == pytest.approx(14 * 3600 + 44 * 60 + 17.5)
    assert step.expires_at == at("2026-11-23T01:00:00")


def test_the_last_moment_of_a_day_and_the_first_of_the_next_are_two_days() -> None:
    before = caller_step("abc", LIMITS, at("2026-12-31T23:59:59.999"))
    after = caller_step("abc", LIMITS, at("2027-01-01T00:00:00"))

    assert before is not None
    assert after is not None
    assert (before.item_id, before.minute) == ("caller#abc#2026-12-31", "m2359")
    assert (after.item_id, after.minute) == ("caller#abc#2027-01-01", "m0000")
    assert before.day_ends_in_s == pytest.approx(0.001, abs=1e-5)
    assert after.day_ends_in_s == 86_400


@pytest.mark.parametrize("moment", ["00:00:00", "00:01:59", "00:02:00", "00:59:00", "12:34:56"])
def test_stale_minutes_are_of_the_half_hour_before_the_last_minute(moment: str) -> None:
    step = caller_step("abc", LIMITS, at(f"2026-11-22T{moment}"))

    assert step is not None
    now = int(moment[:2]) * 60 + int(moment[3:5])
    stale = [int(name[1:3]) * 60 + int(name[3:]) for name in step.stale_minutes]
    assert stale == list(range(now - 2, max(now - 32, -1), -1))


def test_without_a_limit_there_is_no_write() -> None:
    off = Limits(per_minute=0, per_day=0, per_stack_per_day=0)

    assert caller_step("abc", off, 0) is None
    assert stack_step(off, 0) is None


def test_a_day_alone_needs_no_minutes() -> None:
    step = caller_step(
        "abc", Limits(per_minute=0, per_day=5, per_stack_per_day=0), at("2026-11-22")
    )

    assert step is not None
    assert step.stale_minutes == ()
    assert [each.name for each in step.allowances({})] == ["day"]


def test_what_is_left_is_never_less_than_nothing() -> None:
    step = stack_step(LIMITS, at("2026-11-22"))

    assert step is not None
    assert [each.remaining for each in step.allowances({"day": 1001})] == [0]
