import asyncio
from collections.abc import Callable

import openai
import pytest

from tests.contract.error_rows import ErrorRow, read_rows
from tests.contract.sdk_stacks import Provoked, SdkStacks

ROWS = [pytest.param(row, id=row.name) for row in read_rows()]
# The SDK's own choice: half a second, doubled, less up to a quarter.
BACKOFF_MS = ((375, 500), (750, 1000))


def blocking(given: Provoked) -> None:
    with openai.OpenAI(base_url=given.base_url, api_key=given.api_key) as client:
        client.realtime.client_secrets.create(**given.body)


def awaited(given: Provoked) -> None:
    async def create() -> None:
        async with openai.AsyncOpenAI(base_url=given.base_url, api_key=given.api_key) as client:
            await client.realtime.client_secrets.create(**given.body)

    asyncio.run(create())


@pytest.mark.parametrize("create", [blocking, awaited])
@pytest.mark.parametrize("row", ROWS)
def test_the_sdk_raises_its_own_class_and_asks_as_often_as_the_table_says(
    sdk_stacks: SdkStacks,
    waits_ms: list[float],
    row: ErrorRow,
    create: Callable[[Provoked], None],
) -> None:
    given = sdk_stacks.provoke(row)

    with pytest.raises(openai.APIStatusError) as caught:
        create(given)

    error = caught.value
    assert type(error).__name__ == row.raises["python"]
    assert (error.status_code, error.type, error.code) == (row.status, row.type, row.code)
    assert error.param == row.param
    # API Gateway has its own id, under another name.
    assert (error.request_id is not None) == (row.by == "function")
    assert sdk_stacks.counts() == (row.requests, row.upstream_requests)
    assert_waited(row, waits_ms)


def assert_waited(row: ErrorRow, waits_ms: list[float]) -> None:
    assert len(waits_ms) == row.requests - 1
    if row.waits_ms is not None:
        assert waits_ms == list(row.waits_ms)
    else:
        ranges = zip(waits_ms, BACKOFF_MS, strict=False)
        assert all(low <= wait <= high for wait, (low, high) in ranges)
