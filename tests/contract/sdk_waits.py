"""The SDK's own sleep between retries, recorded and not waited for.

Only the names `time` and `anyio` inside the SDK's base client are exchanged; what our code does
takes the time that it takes.
"""

import time

import anyio
import pytest


class _Time:
    def __init__(self, waits_ms: list[float]) -> None:
        self._waits_ms = waits_ms

    def sleep(self, seconds: float) -> None:
        self._waits_ms.append(seconds * 1000)

    def __getattr__(self, name: str) -> object:
        return getattr(time, name)


class _Anyio:
    def __init__(self, waits_ms: list[float]) -> None:
        self._waits_ms = waits_ms

    async def sleep(self, seconds: float) -> None:
        self._waits_ms.append(seconds * 1000)

    def __getattr__(self, name: str) -> object:
        return getattr(anyio, name)


def record_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A list that fills with how long the SDK wants to wait before each retry, milliseconds."""
    waits_ms: list[float] = []
    monkeypatch.setattr("openai._base_client.time", _Time(waits_ms))
    monkeypatch.setattr("openai._base_client.anyio", _Anyio(waits_ms))
    return waits_ms
