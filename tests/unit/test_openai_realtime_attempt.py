import math

import pytest

from openai_realtime.attempt import CONNECT_S, IDLE_S, Attempt, current, making
from tests.clocks import FakeClock


def test_what_is_left_shrinks_with_time_and_ends() -> None:
    clock = FakeClock()
    attempt = Attempt(clock, 2.0)

    clock.advance(1.5)
    assert attempt.left_s() == 0.5
    clock.advance(0.5)
    with pytest.raises(TimeoutError):
        attempt.left_s()


def test_without_a_time_out_there_is_no_limit_but_for_connecting() -> None:
    clock = FakeClock()
    attempt = Attempt(clock, None)

    assert attempt.left_s() is None
    with attempt.connecting():
        clock.advance(1)
        assert attempt.left_s() == CONNECT_S - 1
    assert attempt.left_s() is None


def test_connecting_has_the_five_seconds_of_the_python_sdk() -> None:
    with (attempt := Attempt(FakeClock(), None)).connecting():
        assert attempt.left_s() == 5.0


def test_the_connect_limit_ends_with_connecting_though_it_fails() -> None:
    attempt = Attempt(FakeClock(), None)

    with pytest.raises(OSError, match="no"), attempt.connecting():
        raise OSError("no")

    assert attempt.left_s() is None


def test_connecting_gets_no_more_than_the_attempt_has() -> None:
    attempt = Attempt(FakeClock(), 1.0)

    with attempt.connecting():
        assert attempt.left_s() == 1.0


@pytest.mark.parametrize(
    ("monotonic_s", "wall_s", "idle"),
    [(IDLE_S, 0, False), (IDLE_S + 1, 0, True), (1, IDLE_S, True), (1, -math.inf, False)],
)
def test_a_connection_is_idle_too_long_by_either_clock(
    monotonic_s: float, wall_s: float, idle: bool
) -> None:
    clock = FakeClock()
    attempt = Attempt(clock, None)
    since = attempt.moment()

    clock.advance(monotonic_s)
    clock.set_wall_clock(wall_s)

    assert attempt.idle_too_long(since) is idle


def test_an_attempt_is_current_only_while_it_is_made() -> None:
    outer, inner = Attempt(FakeClock(), None), Attempt(FakeClock(), None)

    with making(outer):
        with making(inner):
            assert current() is inner
        assert current() is outer
    with pytest.raises(LookupError):
        current()
