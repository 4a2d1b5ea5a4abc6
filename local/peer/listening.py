"""Hears when somebody speaks, by loudness; what is said it does not understand."""

import array
import math
from dataclasses import dataclass
from typing import Literal

# Of 1, the loudest there is. A quiet room is below 0.005, speech near a microphone above 0.02.
LOUD = 0.015
# So short a noise is a click.
SPEECH_MS = 80

Heard = Literal["started", "stopped"]


@dataclass
class Listener:
    """Voice activity detection for one call.

    Attributes:
        silence_ms: As much silence ends a turn.
        heard_ms: Audio so far, speech or not: the call's clock.
        speech_ms: Speech of the current or last turn.
    """

    silence_ms: int = 500
    heard_ms: float = 0.0
    speech_ms: float = 0.0
    _loud_ms: float = 0.0
    _quiet_ms: float = 0.0
    _is_speech: bool = False

    def hear(self, samples: bytes, duration_ms: float) -> Heard | None:
        """Take 16-bit *samples*; tells when speech has started or stopped."""
        self.heard_ms += duration_ms
        if loudness(samples) >= LOUD:
            self._loud_ms += duration_ms
            self._quiet_ms = 0.0
        else:
            self._quiet_ms += duration_ms
            if self._quiet_ms > SPEECH_MS:
                self._loud_ms = 0.0
        if self._is_speech:
            self.speech_ms += duration_ms
            if self._quiet_ms >= self.silence_ms:
                self._is_speech = False
                self.speech_ms -= self._quiet_ms
                return "stopped"
        elif self._loud_ms >= SPEECH_MS:
            self._is_speech = True
            self.speech_ms = self._loud_ms
            return "started"
        return None


def loudness(samples: bytes) -> float:
    """Root mean square, 0 to 1. Every fourth sample tells enough."""
    some = array.array("h", samples)[::4]
    if not some:
        return 0.0
    return math.sqrt(sum(each * each for each in some) / len(some)) / 32768
