import math
import threading
import time
from collections.abc import Callable

import pytest

from broker import time_left
from broker.time_left import MOST_ABANDONED, left_s, limited_to, within


def hang_until(released: threading.Event) -> Callable[[], bool]:
    return lambda: released.wait(30)


def test_without_a_request_there_is_no_limit() -> None:
    assert left_s() == math.inf
    assert within(5, lambda: "done") == "done"


def test_the_narrowest_limit_holds_and_ends_with_its_block() -> None:
    with limited_to(10):
        with limited_to(2), limited_to(5):
            assert 1.9 < left_s() <= 2
        assert 9.9 < left_s() <= 10
    assert left_s() == math.inf


def test_what_the_call_raises_is_raised() -> None:
    def failing() -> None:
        raise ConnectionError("refused")

    with pytest.raises(ConnectionError, match="refused"):
        within(5, failing)


@pytest.mark.parametrize(("most_s", "limit_s"), [(0.05, 10), (10, 0.05)])
def test_a_call_that_hangs_is_left_alone_in_time(most_s: float, limit_s: float) -> None:
    released = threading.Event()
    started = time.monotonic()

    with limited_to(limit_s), pytest.raises(TimeoutError):
        within(most_s, hang_until(released))

    assert time.monotonic() - started < 1
    released.set()


def test_without_time_nothing_is_begun() -> None:
    begun: list[bool] = []

    with limited_to(-1), pytest.raises(TimeoutError):
        within(5, lambda: begun.append(True))

    assert begun == []


def test_calls_that_hang_do_not_pile_up() -> None:
    released = threading.Event()
    for _ in range(MOST_ABANDONED):
        with pytest.raises(TimeoutError):
            within(0.001, hang_until(released))
    with pytest.raises(TimeoutError, match="Too many"):
        within(5, lambda: "done")

    released.set()
    for thread in list(time_left._abandoned):
        thread.join(5)

    assert within(5, lambda: "done") == "done"
