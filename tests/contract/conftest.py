"""The stacks that official SDKs are tried against, started once."""

from collections.abc import Iterator

import pytest

from tests.contract.sdk_stacks import SdkStacks
from tests.contract.sdk_waits import record_waits


@pytest.fixture(scope="session")
def sdk_stacks() -> Iterator[SdkStacks]:
    with SdkStacks() as stacks:
        yield stacks


@pytest.fixture
def waits_ms(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return record_waits(monkeypatch)
