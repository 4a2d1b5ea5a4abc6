"""What the peer sounds like: a soft note for every word, so that an answer is heard as one."""

import array
import asyncio
import fractions
import functools
import math
import time
from collections.abc import Iterator, Sequence

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

RATE = 48_000
FRAME_S = 0.02
FRAME_SAMPLES = int(RATE * FRAME_S)
WORD_S = 0.16
# A pentatonic scale: no two of its notes clash, whatever the words.
_SCALE_HZ = (262, 294, 330, 392, 440)
_LOUDNESS = 9_000


@functools.cache
def _tone(hertz: int) -> Sequence[int]:
    """One second of a note and its first overtones."""
    parts = ((1, 1.0), (2, 0.35), (3, 0.15))
    scale = _LOUDNESS / sum(weight for _, weight in parts)
    step = 2 * math.pi * hertz / RATE
    return array.array(
        "h",
        (
            int(scale * sum(weight * math.sin(step * part * at) for part, weight in parts))
            for at in range(RATE)
        ),
    )


def spoken(text: str) -> Iterator[bytes]:
    """*text* as frames of 20 ms: 16-bit mono at 48 kHz."""
    frames_per_word = round(WORD_S / FRAME_S)
    for place, word in enumerate(text.split()):
        tone = _tone(_SCALE_HZ[(len(word) + 2 * place) % len(_SCALE_HZ)])
        for number in range(frames_per_word):
            # Each word swells and fades, so that words are told apart.
            loudness = math.sin(math.pi * (number + 0.5) / frames_per_word)
            start = number * FRAME_SAMPLES
            samples = tone[start : start + FRAME_SAMPLES]
            yield array.array("h", (int(each * loudness) for each in samples)).tobytes()


class Voice(MediaStreamTrack):
    """The audio track of the peer: silence, unless something is being said."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._speech: Iterator[bytes] = iter(())
        self._silent = asyncio.Event()
        self._silent.set()
        self._started_at: float | None = None
        self._frames = 0

    def say(self, text: str) -> None:
        """Say *text* from now on, instead of whatever is being said."""
        self._speech = spoken(text)
        self._silent.clear()

    def hush(self) -> None:
        """Say no more."""
        self._speech = iter(())
        self._silent.set()

    async def silence(self) -> None:
        """Wait until everything has been said."""
        await self._silent.wait()

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms, not before their time."""
        if self.readyState != "live":
            raise MediaStreamError
        if self._started_at is None:
            self._started_at = time.monotonic()
        wait_s = self._started_at + self._frames * FRAME_S - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        content = next(self._speech, None)
        if content is None:
            self._silent.set()
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.planes[0].update(content or bytes(FRAME_SAMPLES * 2))
        frame.pts = self._frames * FRAME_SAMPLES
        frame.sample_rate = RATE
        frame.time_base = fractions.Fraction(1, RATE)
        self._frames += 1
        return frame
