"""A recording for Chromium's fake microphone: something like a voice, then silence."""

import array
import math
import wave
from pathlib import Path

RATE = 48_000
SPEECH_S = 1.0
SILENCE_S = 7.0


def record(path: Path) -> None:
    """Write the recording: a buzz whose pitch and loudness move as speech does, or WebRTC's noise
    suppression would take it away.
    """
    samples = array.array("h", bytes(2 * int(0.2 * RATE)))
    for number in range(int(SPEECH_S * RATE)):
        at_s = number / RATE
        pitch_hz = 140 + 20 * math.sin(2 * math.pi * 1.3 * at_s)
        loudness = 3000 * (1 + math.sin(2 * math.pi * 4 * at_s))
        buzz = sum(math.sin(2 * math.pi * pitch_hz * k * at_s) / k for k in range(1, 9))
        samples.append(int(loudness * buzz))
    samples.extend([0] * int(SILENCE_S * RATE))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
