"""Neighbours for the module, and a warm environment between them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real_runtime.neighbours import Neighbours
from tests.real_runtime.pool import Pool

EVENTS = Path(__file__).parents[2] / "events"


def event(name: str, **changes: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return loaded | changes


@pytest.fixture(scope="session")
def all_neighbours() -> Iterator[Neighbours]:
    with Neighbours() as neighbours:
        yield neighbours


@pytest.fixture
def neighbours(all_neighbours: Neighbours) -> Neighbours:
    all_neighbours.openai.forget()
    all_neighbours.openai.mcp_credentials = "redacted"
    return all_neighbours


@pytest.fixture(scope="session")
def warm_pool(all_neighbours: Neighbours) -> Iterator[Pool]:
    with Pool(environment=all_neighbours.environment()) as pool:
        pool.warm()
        yield pool
