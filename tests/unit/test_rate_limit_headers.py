import pytest

from broker.rate_limit_headers import Allowance, duration, rate_limit_headers


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0ms"),
        (-1, "0ms"),
        (0.0001, "1ms"),
        (0.012, "12ms"),
        (0.9995, "1s"),
        (1, "1s"),
        (8.64, "8.64s"),
        (59.999, "59.999s"),
        (59.9999, "1m0s"),
        (60, "1m0s"),
        (360, "6m0s"),
        (3600, "1h0m0s"),
        (17 * 3600 + 24 * 60 + 5.5, "17h24m5.5s"),
        (86_400, "24h0m0s"),
    ],
)
def test_durations_are_written_as_openai_writes_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_limit_that_is_met_first_is_told() -> None:
    minute = Allowance("minute", 10, 7, 30.0)
    day = Allowance("day", 100, 3, 7200.0)

    assert rate_limit_headers([minute, day]) == {
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "3",
        "x-ratelimit-reset-requests": "2h0m0s",
    }


def test_of_two_that_are_met_together_the_longer_is_told() -> None:
    minute, day = Allowance("minute", 10, 0, 30.0), Allowance("day", 100, 0, 7200.0)

    assert rate_limit_headers([minute, day])["x-ratelimit-limit-requests"] == "100"


def test_without_a_limit_there_is_nothing_to_tell() -> None:
    assert rate_limit_headers([]) == {}
