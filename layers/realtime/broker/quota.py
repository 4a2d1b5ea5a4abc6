"""Step 4: how many client secrets one caller may have a minute and a day, and all together a day.

Two conditional writes to DynamoDB in turn, the caller's then the stack's, before OpenAI is asked. A
condition that fails counts nothing, so what is refused costs nothing. The day's count is given back
when OpenAI certainly issued nothing; the minute's never, or a body that OpenAI refuses would be a
free hammer. Days and minutes are UTC's.

The stack's item takes about 1,000 writes a second, DynamoDB's limit for one key; beyond that its
answer is `quota_unavailable`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from broker.errors import BrokerError, LimitError, OperatorError, Rows, waiting_headers
from broker.ledger import Ledger
from broker.quota_table import QuotaTable, StoreError
from broker.quota_windows import Step, caller_step, stack_step
from broker.rate_limit_headers import Allowance, rate_limit_headers
from broker.settings import Settings
from broker.upstream import issued_nothing

# Giving back is one more write of at most two seconds; with less time left, the answer goes first.
_GIVE_BACK_MS = 2500

# From here on it is recorded how much of the stack's day is used; before, nobody needs to know.
_RECORDED_FROM_PERCENT = 50

_WORDS = {
    "minute": "You have asked for too many client secrets this minute.",
    "day": "You have asked for too many client secrets today.",
    "stack_day": "This service has given out all its client secrets for today.",
}


@dataclass(slots=True)
class Charge:
    """What one request was charged.

    Attributes:
        allowances: Where the caller stands now; empty where nothing is limited.
        day_steps: What can be given back.
    """

    allowances: list[Allowance] = field(default_factory=list)
    day_steps: list[Step] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """`x-ratelimit-*` for the answer."""
        return rate_limit_headers(self.allowances)

    @property
    def remaining(self) -> dict[str, int]:
        """Requests left, by limit."""
        return {each.name: each.remaining for each in self.allowances}


class Quota:
    """Charges requests.

    Args:
        settings: The table; the limits, of which 0 is off, and with all off the table is never
            asked; and whether a request passes when it does not answer.
        ledger: Told which limit refused, and when the table did not do its part.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        ledger: Ledger,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._table = QuotaTable(settings.quota_table_name)
        self._limits = settings.quota_limits
        self._failure_mode = settings.quota_failure_mode
        self._ledger = ledger
        self._clock = clock

    def forget(self) -> None:
        """Drop the connection to the table, with its AWS credentials."""
        self._table.forget()

    @contextmanager
    def charged(self, caller_hash: str, *, remaining_ms: Callable[[], int]) -> Iterator[Charge]:
        """Charge one request; give the day back if what is done meanwhile issues nothing.

        Args:
            caller_hash: Names the caller without saying who they are.
            remaining_ms: The function's time left, milliseconds.

        Raises:
            LimitError: 429; a limit is reached.
            OperatorError: 503; the table does not answer, and the failure mode is `closed`.
        """
        charge = self._charge(caller_hash, remaining_ms)
        try:
            yield charge
        except BrokerError as error:
            if issued_nothing(error):
                self._give_back(charge, remaining_ms)
            raise

    def _charge(self, caller_hash: str, remaining_ms: Callable[[], int]) -> Charge:
        charge, now = Charge(), self._clock()
        for step in (caller_step(caller_hash, self._limits, now), stack_step(self._limits, now)):
            if step is None:
                continue
            try:
                counts = self._table.add(step)
            except StoreError as exc:
                if self._failure_mode == "open":
                    self._ledger.quota_failed("QuotaBypassed", str(exc))
                    return charge
                self._give_back(charge, remaining_ms)
                raise OperatorError(
                    Rows.QUOTA_UNAVAILABLE,
                    "The service cannot count requests just now. Try again shortly.",
                    reason=str(exc),
                ) from exc
            allowances = step.allowances(counts.by_attribute)
            self._watch(allowances)
            if counts.refused:
                self._give_back(charge, remaining_ms)
                raise self._refusal(allowances)
            charge.allowances += allowances
            charge.day_steps += [step] if step.day_limit else []
        return charge

    def _give_back(self, charge: Charge, remaining_ms: Callable[[], int]) -> None:
        for step in charge.day_steps:
            if remaining_ms() < _GIVE_BACK_MS:
                self._ledger.quota_failed("QuotaNotGivenBack", "no time left")
                return
            try:
                self._table.give_back_day(step)
            except StoreError as exc:
                self._ledger.quota_failed("QuotaNotGivenBack", str(exc))

    def _watch(self, allowances: list[Allowance]) -> None:
        for each in allowances:
            used_percent = 100 * (1 - each.remaining / each.limit)
            if each.name == "stack_day" and used_percent >= _RECORDED_FROM_PERCENT:
                self._ledger.stack_quota_used(used_percent)

    def _refusal(self, allowances: list[Allowance]) -> LimitError:
        """The 429 for the limit that keeps the caller waiting longest."""
        reached = [each for each in allowances if each.remaining == 0] or allowances
        longest = max(reached, key=lambda each: each.resets_in_s)
        self._ledger.quota_exceeded(longest.name)
        return LimitError(
            Rows.RATE_LIMIT_EXCEEDED,
            f"{_WORDS[longest.name]} The limit is {longest.limit}.",
            headers={**rate_limit_headers([longest]), **waiting_headers(longest.resets_in_s)},
        )
