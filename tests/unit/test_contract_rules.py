import json
from typing import Any

import pytest

from broker.errors import BrokerError
from broker.params import parse


def _violations(session: Any) -> list[tuple[str, str | None]]:
    try:
        parse(
            json.dumps({"session": session}),
            is_base64=False,
            kind="realtime",
            unknown_fields="reject",
        )
    except BrokerError as refused:
        if refused.details:
            return [(found.code, found.param) for found in refused.details]
        return [(str(refused.row.code), refused.param)]
    return []


def _transcription(model: Any, **fields: Any) -> dict[str, Any]:
    return {
        "type": "transcription",
        "audio": {"input": {"transcription": {"model": model}, **fields}},
    }


VAD = {"type": "server_vad"}


@pytest.mark.parametrize("modalities", [["text", "audio"], ["audio", "text", "audio"]])
def test_text_and_audio_together_are_refused(modalities: list[str]) -> None:
    found = _violations({"type": "realtime", "output_modalities": modalities})

    assert found == [("invalid_value", "session.output_modalities")]


@pytest.mark.parametrize("modalities", [["text"], ["audio"], []])
def test_one_modality_passes(modalities: list[str]) -> None:
    assert _violations({"type": "realtime", "output_modalities": modalities}) == []


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
def test_turn_detection_is_refused_where_the_transcription_model_has_none(model: str) -> None:
    found = _violations(_transcription(model, turn_detection=VAD))

    assert found == [("invalid_value", "session.audio.input.turn_detection")]


@pytest.mark.parametrize(
    "session",
    [
        pytest.param(_transcription("gpt-realtime-whisper"), id="not-named"),
        pytest.param(_transcription("gpt-realtime-whisper", turn_detection=None), id="null"),
        pytest.param(_transcription("whisper-1", turn_detection=VAD), id="another-model"),
        pytest.param(
            {**_transcription("gpt-realtime-whisper", turn_detection=VAD), "type": "realtime"},
            id="turns-of-a-conversation",
        ),
    ],
)
def test_turn_detection_passes_elsewhere(session: Any) -> None:
    assert _violations(session) == []


def test_eagerness_belongs_to_semantic_vad_alone() -> None:
    server = {"type": "server_vad", "eagerness": "low"}
    semantic = {"type": "semantic_vad", "eagerness": "low"}

    assert _violations({"type": "realtime", "audio": {"input": {"turn_detection": server}}}) == [
        ("unknown_parameter", "session.audio.input.turn_detection.eagerness")
    ]
    assert _violations({"type": "realtime", "audio": {"input": {"turn_detection": semantic}}}) == []


@pytest.mark.parametrize(
    "name", ["threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms"]
)
def test_timings_belong_to_server_vad_alone(name: str) -> None:
    detection = {"type": "semantic_vad", name: 1}

    found = _violations({"type": "realtime", "audio": {"input": {"turn_detection": detection}}})

    assert found == [("unknown_parameter", f"session.audio.input.turn_detection.{name}")]


def test_an_mcp_tool_needs_a_server() -> None:
    tools = [{"name": "f"}, {"type": "mcp", "server_label": "s"}]

    found = _violations({"type": "realtime", "tools": tools})

    assert found == [("missing_required_parameter", "session.tools[1].server_url")]


@pytest.mark.parametrize(
    "server",
    [
        {"server_url": "https://mcp.test"},
        {"connector_id": "connector_gmail"},
        {"tunnel_id": "tunnel_" + "a" * 32},
        {"server_url": "https://mcp.test", "connector_id": "connector_gmail"},
    ],
)
def test_any_server_will_do(server: dict[str, str]) -> None:
    tool = {"type": "mcp", "server_label": "s", **server}

    assert _violations({"type": "realtime", "tools": [tool]}) == []


# The rules read what the models have refused, too.
@pytest.mark.parametrize("shape", [None, 5, "x", [], {}, [None], {"input": []}, {"input": None}])
def test_rules_bear_any_shape(shape: Any) -> None:
    session = {
        "type": "transcription",
        "audio": shape,
        "tools": shape,
        "output_modalities": shape,
    }

    assert _violations(session) != []
