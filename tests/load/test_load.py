"""Two thousand requests through 1, 4 and 16 real runtimes, while OpenAI fails one in twenty."""

import pytest

from tests.load.soak import SHARES, SIZES, soak

REQUESTS = 2000
# Python gives little memory back; a leak of 2 KiB a request would show.
MEMORY_KIB = 4096


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("size", "share"), list(zip(SIZES, SHARES, strict=True)), ids=map(str, SIZES)
)
def test_no_request_is_lost_and_nothing_grows(size: int, share: float) -> None:
    requests = round(REQUESTS * share)

    soaked = soak(size, requests)

    assert soaked.lost == ()
    assert soaked.outside == 0
    assert soaked.repeated == 0
    # What OpenAI sent whole has reached a caller, but for what came after a time-out.
    assert soaked.answers[200, None] == soaked.issued
    assert sum(soaked.answers.values()) == requests
    assert requests * 0.02 < sum(soaked.faults.values()) < requests * 0.1
    pairs = zip(soaked.start.rss_kib, soaked.end.rss_kib, strict=True)
    assert all(end - start < MEMORY_KIB for start, end in pairs)
    # One connection to OpenAI, which may just have been cut off.
    pairs = zip(soaked.start.descriptors, soaked.end.descriptors, strict=True)
    assert all(abs(end - start) <= 1 for start, end in pairs)
    assert max(soaked.end.threads) <= max(soaked.start.threads)
