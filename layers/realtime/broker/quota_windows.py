"""The quota's periods, in UTC: which item counts a request, and how much of it is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from broker.rate_limit_headers import Allowance

DAY = "day"
_MINUTES_BEFORE = range(2, 32)


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests in one period; 0 is no limit.

    Attributes:
        per_minute: Of one caller.
        per_day: Of one caller.
        per_stack_per_day: Of all callers together.
    """

    per_minute: int
    per_day: int
    per_stack_per_day: int


@dataclass(frozen=True, slots=True)
class Step:
    """One conditional write.

    Attributes:
        item_id: Key of the item: one a day for a caller, one a day for the stack.
        day_name: The day's limit in headers and records.
        day_limit: 0 is none.
        minute_limit: 0 is none.
        minute: Attribute that counts this minute, such as `m0915`.
        stale_minutes: Attributes of the half hour before, to be removed.
        expires_at: When DynamoDB may delete the item, epoch seconds.
        minute_ends_in_s: Seconds.
        day_ends_in_s: Seconds.
    """

    item_id: str
    day_name: str
    day_limit: int
    minute_limit: int
    minute: str
    stale_minutes: tuple[str, ...]
    expires_at: int
    minute_ends_in_s: float
    day_ends_in_s: float

    def allowances(self, counts: Mapping[str, int]) -> list[Allowance]:
        """What is left, by the counts of this item's attributes."""
        periods = (
            ("minute", self.minute_limit, self.minute, self.minute_ends_in_s),
            (self.day_name, self.day_limit, DAY, self.day_ends_in_s),
        )
        return [
            Allowance(name, limit, max(limit - counts.get(attribute, 0), 0), ends_in_s)
            for name, limit, attribute, ends_in_s in periods
            if limit
        ]


def caller_step(caller_hash: str, limits: Limits, now: float) -> Step | None:
    """The write that counts a request of one caller; None where nothing limits them."""
    if not limits.per_minute and not limits.per_day:
        return None
    return _step("day", limits.per_day, limits.per_minute, now, owner=f"caller#{caller_hash}")


def stack_step(limits: Limits, now: float) -> Step | None:
    """The write that counts a request of anybody; None where nothing limits them together."""
    if not limits.per_stack_per_day:
        return None
    return _step("stack_day", limits.per_stack_per_day, 0, now, owner="stack")


def _step(day_name: str, day_limit: int, minute_limit: int, now: float, *, owner: str) -> Step:
    at = datetime.fromtimestamp(now, UTC)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    minute = at.hour * 60 + at.minute
    # Each minute has an attribute of its own, so that one write can begin a minute and go on with
    # it. Those of the half hour before go with the same write; what a day can leave behind then
    # stays below 1 KB, the unit that DynamoDB bills. The minute just before stays, too: another
    # environment's clock may still be in it.
    stale = tuple(_name(minute - ago) for ago in _MINUTES_BEFORE if minute >= ago)
    return Step(
        item_id=f"{owner}#{at:%Y-%m-%d}",
        day_name=day_name,
        day_limit=day_limit,
        minute_limit=minute_limit,
        minute=_name(minute),
        stale_minutes=stale if minute_limit else (),
        expires_at=int((tomorrow + timedelta(hours=1)).timestamp()),
        minute_ends_in_s=60 - now % 60,
        day_ends_in_s=tomorrow.timestamp() - now,
    )


def _name(minute: int) -> str:
    return f"m{minute // 60:02}{minute % 60:02}"
