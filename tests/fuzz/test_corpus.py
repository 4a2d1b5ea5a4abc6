"""The fuzzer's corpus and all that it found, and a few thousand random changes of it."""

import random
from pathlib import Path

import pytest

from tests.fuzz.targets import OURS, TARGETS, FindingError, upstream

CORPUS = Path(__file__).parent / "corpus"
INPUTS = sorted(CORPUS.glob("*/*"))
CHANGES = 20


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_fuzzed_once_stays_within_the_table(path: Path) -> None:
    target, data = TARGETS[path.parent.name], path.read_bytes()
    target(data)

    changing = random.Random(path.name)
    for _ in range(CHANGES):
        target(_changed(data, changing))


def test_a_finding_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.targets.OURS", OURS - {(502, "upstream_error")})

    with pytest.raises(FindingError, match="upstream_error"):
        upstream((300).to_bytes(2, "big") + b"\n\n{}")


def _changed(data: bytes, changing: random.Random) -> bytes:
    """*data* with a piece of it gone, doubled, or overwritten."""
    start = changing.randrange(len(data) + 1)
    end = min(start + changing.randrange(1, 9), len(data))
    piece = changing.choice(
        [b"", data[start:end] * 2, changing.randbytes(end - start), b"\x00", b'"']
    )
    return data[:start] + piece + data[end:]
