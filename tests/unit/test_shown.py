import json
from typing import Any

import pytest

from broker.errors import BrokerError
from broker.params import parse
from broker.shown import shown_key, shown_number, shown_text

CANARIES = [
    "sk-proj-canary0123456789",
    "sk-test-canary",
    "ek_canary0123456789abcdef",
    "Bearer canary-token",
    "basic Y2FuYXJ5OmNhbmFyeQ==",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.",
    "ghp_canary0123456789",
    "AKIACANARY0123456789",
    "x" * 50 + " sk-canary-across-the-cut",
    "canary0123456789canary0123456789",
    "-----BEGIN PRIVATE KEY----- canary",
]


@pytest.mark.parametrize("canary", CANARIES)
def test_a_value_like_a_credential_is_not_shown(canary: str) -> None:
    assert shown_text(canary) == "(not shown)"


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(
    "place",
    [
        {"session": {"type": "{}"}},
        {"session": {"type": "realtime", "tracing": "{}"}},
        {"session": {"type": "realtime", "tools": [{"type": "{}"}]}},
        {"session": {"type": "realtime", "max_output_tokens": "{}"}},
        {"session": {"type": "realtime", "audio": {"input": {"format": "{}"}}}},
        {"expires_after": {"anchor": "{}"}},
        {"expires_after": {"seconds": "{}"}},
        {
            "session": {
                "type": "realtime",
                "tools": [
                    {
                        "type": "mcp",
                        "server_label": 5,
                        "tunnel_id": "{}",
                        "authorization": ["{}"],
                        "headers": {"Authorization": ["{}"]},
                        "connector_id": "{}",
                    }
                ],
            }
        },
    ],
    ids=lambda place: "",
)
def test_no_message_repeats_a_credential(place: Any, canary: str) -> None:
    raw_body = json.dumps(place).replace("{}", canary)

    with pytest.raises(BrokerError) as refused:
        parse(raw_body, is_base64=False, kind="realtime", unknown_fields="reject")

    told = refused.value.message + "".join(found.message for found in refused.value.details)
    assert "canary" not in told.lower()
    assert "eyJ" not in told


@pytest.mark.parametrize("canary", CANARIES[:8])
def test_no_path_repeats_a_credential(canary: str) -> None:
    body = {"session": {"type": "realtime", canary: 1, "tools": [{"name": "f", canary: 1}]}}

    with pytest.raises(BrokerError) as refused:
        parse(json.dumps(body), is_base64=False, kind="realtime", unknown_fields="reject")

    told = str([(found.message, found.param) for found in refused.value.details])
    assert "canary" not in told.lower()


def test_what_follows_the_cut_is_not_shown_either() -> None:
    assert "canary" not in shown_text("x" * 70 + " sk-canary-far-from-the-start")


# Each of these once took a backtracking search minutes.
@pytest.mark.parametrize("text", ["ey" * 120_000, "a" * 240_000, "Basic " * 40_000, "sk-" * 80_000])
@pytest.mark.timeout(5)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    assert len(shown_text(text)) < 100
    assert len(shown_key(text)) < 300


def test_long_values_and_keys_are_cut() -> None:
    assert len(shown_text("word " * 1000)) == 61
    assert len(shown_key("word." * 1000)) == 201
    assert len(shown_number(10**4000)) == 61
    assert shown_number(1.5) == "1.5"


def test_control_characters_are_not_repeated() -> None:
    assert shown_text("a\x1b[31m\nb") == "a\ufffd[31m\ufffdb"


@pytest.mark.parametrize(
    "key", ["session.tools[0].name", "task_list", "desk-lamp", "x_9f86d081884c7d659a2feaa0c55ad015"]
)
def test_ordinary_keys_are_shown_as_they_are(key: str) -> None:
    assert shown_key(key) == key
