"""The stand-in's judgement of bodies, against errors recorded from the live API."""

from typing import Any

import pytest

from local.openai_grammar import fault_in
from local.openai_sessions import client_secret, effective_session

RATE = "session.audio.input.format.rate"
NOISE_TYPE = "session.audio.input.noise_reduction.type"
VAD = {"type": "server_vad"}


def session(**fields: Any) -> dict[str, Any]:
    return {"session": {"type": "realtime", **fields}}


def heard(**fields: Any) -> dict[str, Any]:
    return session(audio={"input": fields})


MISTAKES = [
    (
        {"session": {}},
        "missing_required_parameter",
        "session.type",
        "Missing required parameter: 'session.type'.",
    ),
    (
        {"session": {"type": "session"}},
        "invalid_value",
        "session.type",
        "Invalid value: 'session'. Supported values are: 'realtime' and 'transcription'.",
    ),
    (
        session(totally_made_up_field=1),
        "unknown_parameter",
        "session.totally_made_up_field",
        "Unknown parameter: 'session.totally_made_up_field'.",
    ),
    (
        session(audio={"output": {"voice": "__not_a_voice__"}}),
        "invalid_value",
        "session.audio.output.voice",
        "Invalid value: '__not_a_voice__'. Supported values are: 'alloy', 'ash', 'ballad', "
        "'coral', 'echo', 'sage', 'shimmer', 'verse', 'marin', and 'cedar'.",
    ),
    (
        session(output_modalities=["text", "audio"]),
        "invalid_value",
        "session.output_modalities",
        "Invalid modalities: ['audio', 'text']. "
        "Supported combinations are: ['text'] and ['audio'].",
    ),
    (
        session(tools=[{"type": "function"}]),
        "missing_required_parameter",
        "session.tools[0].name",
        "Missing required parameter: 'session.tools[0].name'.",
    ),
    (
        session(tools=[{"type": "function", "name": "f", "strict": True}]),
        "unknown_parameter",
        "session.tools[0].strict",
        "Unknown parameter: 'session.tools[0].strict'.",
    ),
    (
        heard(format={"type": "audio/pcm"}),
        "missing_required_parameter",
        RATE,
        f"Missing required parameter: '{RATE}'.",
    ),
    (
        heard(format={"type": "audio/pcm", "rate": 16000}),
        "integer_below_min_value",
        RATE,
        f"Invalid '{RATE}': integer below minimum value. "
        "Expected a value >= 24000, but got 16000 instead.",
    ),
    (
        heard(turn_detection=VAD, transcription={"model": "gpt-live-transcribe"}),
        "invalid_value",
        "session.audio.input.turn_detection",
        "Turn detection is not supported for this transcription model.",
    ),
    (
        {"client_secret": {}},
        "unknown_parameter",
        "client_secret",
        "Unknown parameter: 'client_secret'.",
    ),
    (
        session(model=5),
        "invalid_type",
        "session.model",
        "Invalid type for 'session.model': expected a string, but got an integer instead.",
    ),
    (
        session(max_output_tokens=True),
        "invalid_type",
        "session.max_output_tokens",
        "Invalid type for 'session.max_output_tokens': "
        "expected one of a string or an integer, but got a boolean instead.",
    ),
    (
        {"expires_after": {"seconds": 9}},
        "integer_below_min_value",
        "expires_after.seconds",
        "Invalid 'expires_after.seconds': integer below minimum value. "
        "Expected a value >= 10, but got 9 instead.",
    ),
    (
        session(audio={"output": {"speed": 2.5}}),
        "decimal_above_max_value",
        "session.audio.output.speed",
        "Invalid 'session.audio.output.speed': decimal above maximum value. "
        "Expected a value <= 1.5, but got 2.5 instead.",
    ),
    (
        heard(transcription={"languages": []}),
        "empty_array",
        "session.audio.input.transcription.languages",
        "Invalid 'session.audio.input.transcription.languages': empty array. "
        "Expected an array with minimum length 1, but got an empty array instead.",
    ),
    (
        session(tools=[{"type": "mcp", "server_label": "x"}]),
        "missing_required_parameter",
        "session.tools[0].server_url",
        "Missing required parameter: 'session.tools[0].server_url'.",
    ),
    (
        [],
        "invalid_type",
        None,
        "Invalid type for '': expected an object, but got an array instead.",
    ),
]


@pytest.mark.parametrize(("body", "code", "param", "message"), MISTAKES)
def test_a_mistake_is_answered_in_openais_words(
    body: Any, code: str, param: str | None, message: str
) -> None:
    fault = fault_in(body, translation=False)

    assert fault is not None
    assert (fault.code, fault.param, fault.message) == (code, param, message)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session": None, "expires_after": None},
        session(model="anything-at-all"),
        session(tracing=None, prompt=None, include=None),
        heard(transcription=None, noise_reduction=None, turn_detection=None),
        heard(turn_detection={"type": "server_vad", "idle_timeout_ms": None, "threshold": 1}),
        session(audio={"output": {"voice": {"id": "voice_123"}, "speed": 1}}),
        session(max_output_tokens="inf", truncation="disabled", tool_choice="required"),
        session(truncation={"type": "retention_ratio", "retention_ratio": 0.8}),
        session(tools=[{"type": "mcp", "server_label": "x", "connector_id": "connector_gmail"}]),
        session(prompt={"id": "pmpt_1", "variables": {"a": "b", "c": {"type": "input_image"}}}),
        {"session": {**heard(format={"type": "audio/pcmu"})["session"], "type": "transcription"}},
    ],
    ids=str,
)
def test_what_openai_accepts(body: Any) -> None:
    assert fault_in(body, translation=False) is None


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "session"),
        ({"session": {}}, "session.model"),
        ({"session": {"model": "m", "type": "translation"}}, "session.type"),
        ({"session": {"model": "m", "audio": {"input": {"noise_reduction": {}}}}}, NOISE_TYPE),
        ({"session": {"model": "m", "audio": {"output": {"language": "es"}}}}, None),
    ],
)
def test_translation_sessions_are_judged_by_their_own_schema(body: Any, param: str | None) -> None:
    fault = fault_in(body, translation=True)

    assert (fault and fault.param) == param


def test_the_effective_session_is_what_was_asked_over_the_defaults() -> None:
    asked = {
        "type": "realtime",
        "model": "gpt-realtime-2.1",
        "parallel_tool_calls": True,
        "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.9}}},
    }

    session = effective_session(asked)

    assert session["id"].startswith("sess_")
    assert (session["object"], session["model"]) == ("realtime.session", "gpt-realtime-2.1")
    assert session["audio"]["output"]["voice"] == "alloy"
    assert session["audio"]["input"]["turn_detection"]["threshold"] == 0.9
    assert session["audio"]["input"]["turn_detection"]["prefix_padding_ms"] == 300
    assert "parallel_tool_calls" not in session


def test_another_kind_of_turn_detection_replaces_the_default() -> None:
    asked = {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}}

    detection = effective_session(asked)["audio"]["input"]["turn_detection"]

    assert detection == {"type": "semantic_vad"}


def test_null_switches_off() -> None:
    asked = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}

    assert effective_session(asked)["audio"]["input"]["turn_detection"] is None


def test_a_transcription_session_has_no_model_of_its_own() -> None:
    session = effective_session({"type": "transcription"})

    assert session["object"] == "realtime.transcription_session"
    assert not {"model", "tools", "instructions"} & set(session)


@pytest.mark.parametrize(("mcp_credentials", "hidden"), [("redacted", True), ("echoed", False)])
def test_mcp_credentials_come_back_as_switched(mcp_credentials: Any, hidden: bool) -> None:
    tool = {"type": "mcp", "authorization": "canary", "headers": {"k": "canary"}}
    body = session(tools=[{**tool, "server_label": "x", "server_url": "https://example.com"}])

    answer = client_secret(body, translation=False, mcp_credentials=mcp_credentials)

    assert ("canary" not in str(answer)) is hidden
    assert tool["authorization"] == "canary"
