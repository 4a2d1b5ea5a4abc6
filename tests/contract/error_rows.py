"""The error table as official SDKs meet it: `error_rows.json`, read by the SDK suites and the docs.

A row says how to provoke the answer, what the answer is, which class each SDK raises, and how many
requests reach the gateway and OpenAI.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("error_rows.json")
SDKS = ("python", "node")


@dataclass(frozen=True)
class ErrorRow:
    """One row.

    Attributes:
        name: Of the row, unique.
        happened: In words, for people.
        by: Who answers: `function` or `API Gateway`.
        stack: Which stack of `sdk_stacks.STACKS` has this fault.
        base_path: Between the stack's URL and `/realtime/client_secrets`.
        token: How the access token is made, a name of `sdk_stacks.TOKENS`.
        body: What the SDK is given.
        upstream: What OpenAI answers every time; None for its real behaviour.
        status: Of the answer; `type`, `code` and `param` are its error's.
        requests: How many the SDK makes with its two retries.
        waits_ms: How long the SDK waits before each retry; None where that is its own choice.
        upstream_requests: How many reach OpenAI.
        raises: The SDKs' exception classes by language.
    """

    name: str
    happened: str
    status: int
    raises: dict[str, str]
    by: str = "function"
    stack: str = "plain"
    base_path: str = "/v1"
    token: str = "valid"
    body: Any = None
    upstream: dict[str, Any] | None = None
    type: str | None = None
    code: str | None = None
    param: str | None = None
    requests: int = 1
    waits_ms: tuple[int, ...] | None = None
    upstream_requests: int = 0

    @property
    def is_retried(self) -> bool:
        """Whether the SDKs try again."""
        return self.requests > 1


def read_rows() -> list[ErrorRow]:
    """All rows, in the order of the table; generated parts of their bodies are filled in."""
    rows = []
    for fields in json.loads(FILE.read_text()):
        if "waits_ms" in fields:
            fields["waits_ms"] = tuple(fields["waits_ms"])
        fields["body"] = _filled_in(fields.get("body", {}))
        rows.append(ErrorRow(**fields))
    return rows


def _filled_in(value: Any) -> Any:
    """*value* with `{"$repeat": [text, times]}` and `{"$nest": depth}` made real."""
    if isinstance(value, list):
        return [_filled_in(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "$repeat" in value:
        text, times = value["$repeat"]
        return text * times
    if "$nest" in value:
        nested: dict[str, Any] = {}
        for _ in range(value["$nest"]):
            nested = {"deeper": nested}
        return nested
    return {name: _filled_in(each) for name, each in value.items()}
