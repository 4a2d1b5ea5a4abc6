import json
from typing import Any, get_type_hints

import pytest

from broker.contract.session import RealtimeSession, TranscriptionSession
from broker.errors import BrokerError, Violation
from broker.hints import CONVERSATION_ONLY, GONE, MOVED
from broker.params import parse


def _refused(body: Any) -> list[Violation]:
    with pytest.raises(BrokerError) as refused:
        parse(json.dumps(body), is_base64=False, kind="realtime", unknown_fields="reject")
    error = refused.value
    return list(error.details) or [Violation(str(error.row.code), error.message, error.param)]


def _realtime(**fields: Any) -> dict[str, Any]:
    return {"session": {"type": "realtime", **fields}}


@pytest.mark.parametrize(
    ("body", "param", "hint"),
    [
        (_realtime(voice="alloy"), "session.voice", "session.audio.output.voice"),
        (_realtime(speed=1), "session.speed", "session.audio.output.speed"),
        (_realtime(modalities=["text"]), "session.modalities", "session.output_modalities"),
        (
            _realtime(input_audio_format="pcm16"),
            "session.input_audio_format",
            "session.audio.input.format",
        ),
        (
            _realtime(output_audio_format="pcm16"),
            "session.output_audio_format",
            "session.audio.output.format",
        ),
        (
            _realtime(input_audio_transcription={"model": "whisper-1"}),
            "session.input_audio_transcription",
            "session.audio.input.transcription",
        ),
        (
            _realtime(input_audio_noise_reduction=None),
            "session.input_audio_noise_reduction",
            "session.audio.input.noise_reduction",
        ),
        (
            _realtime(turn_detection={"type": "server_vad"}),
            "session.turn_detection",
            "session.audio.input.turn_detection",
        ),
        (
            _realtime(max_response_output_tokens="inf"),
            "session.max_response_output_tokens",
            "session.max_output_tokens",
        ),
        (_realtime(temperature=0.8), "session.temperature", "has no temperature"),
        (_realtime(expires_after={}), "session.expires_after", "'expires_after'"),
        (_realtime(client_secret={}), "session.client_secret", "'expires_after'"),
        ({"client_secret": {"expires_at": 1}}, "client_secret", "'expires_after'"),
        ({"model": "gpt-realtime"}, "model", "'session.model'"),
        ({"type": "realtime"}, "type", "'session.type'"),
        ({"instructions": "x"}, "instructions", "'session.instructions'"),
        ({"voice": "alloy"}, "voice", "'session.audio.output.voice'"),
        ({"modalities": ["text"]}, "modalities", "'session.output_modalities'"),
        ({"turn_detection": None}, "turn_detection", "'session.audio.input.turn_detection'"),
        ({"temperature": 1}, "temperature", "has no temperature"),
        ({"audio": {}}, "audio", "'session.audio'"),
        ({"session": {"model": "m"}}, "session.type", '"type": "realtime"'),
        (
            {"session": {"type": "transcription", "model": "whisper-1"}},
            "session.model",
            "session.audio.input.transcription.model",
        ),
        (
            {"session": {"type": "transcription", "instructions": "x"}},
            "session.instructions",
            "'realtime'",
        ),
        (
            {"session": {"type": "transcription", "input_audio_format": "pcm16"}},
            "session.input_audio_format",
            "session.audio.input.format",
        ),
        (
            {"session": {"type": "translation"}},
            "session.type",
            "/v1/realtime/translations/client_secrets",
        ),
        (
            _realtime(audio={"input": {"format": "pcm16"}}),
            "session.audio.input.format",
            '{"type": "audio/pcm", "rate": 24000}',
        ),
        (
            _realtime(audio={"output": {"format": "g711_ulaw"}}),
            "session.audio.output.format",
            '{"type": "audio/pcmu"}',
        ),
        (
            _realtime(audio={"input": {"format": {"type": "g711_alaw"}}}),
            "session.audio.input.format.type",
            '{"type": "audio/pcma"}',
        ),
        (
            _realtime(audio={"input": {"turn_detection": {"type": "none"}}}),
            "session.audio.input.turn_detection.type",
            "null",
        ),
        (
            _realtime(
                audio={"input": {"turn_detection": {"type": "server_vad", "eagerness": "low"}}}
            ),
            "session.audio.input.turn_detection.eagerness",
            "'semantic_vad'",
        ),
        (_realtime(audio={"voice": "x"}), "session.audio.voice", "session.audio.output.voice"),
        (
            _realtime(tools=[{"name": "f"}, {"type": "function", "function": {}, "name": "f"}]),
            "session.tools[1].function",
            ".name",
        ),
        (_realtime(tools=[{"name": "f", "strict": True}]), "session.tools[0].strict", "no strict"),
        ({"expires_after": 600}, "expires_after", '"seconds": 600'),
        (_realtime(id="sess_1"), "session.id", "Only answers"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_a_shape_of_another_api_is_refused_with_the_place_where_it_went(
    body: Any, param: str, hint: str
) -> None:
    found = {violation.param: violation.message for violation in _refused(body)}

    assert hint in found[param].split(".", 1)[-1]


def test_a_flat_beta_session_is_explained_field_by_field() -> None:
    beta = {
        "model": "gpt-4o-realtime-preview",
        "modalities": ["text", "audio"],
        "voice": "verse",
        "input_audio_format": "pcm16",
        "input_audio_transcription": {"model": "whisper-1"},
        "turn_detection": {"type": "server_vad"},
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
        "tools": [],
        "tool_choice": "auto",
    }

    found = _refused(beta)

    assert [violation.param for violation in found] == list(beta)
    assert all(violation.code == "unknown_parameter" for violation in found)
    assert all(
        "session" in violation.message or "GA API" in violation.message for violation in found
    )


def test_a_session_without_type_is_judged_on() -> None:
    found = _refused({"session": {"voice": "alloy", "model": 5}})

    assert [violation.param for violation in found] == [
        "session.type",
        "session.model",
        "session.voice",
    ]


def test_no_hint_is_given_about_a_field_nobody_knows() -> None:
    [found] = _refused({"quux": 1})

    assert found.message == "Unknown parameter: 'quux'."


def test_hints_point_only_at_fields_that_openai_took_away() -> None:
    realtime = {f"session.{name}" for name in get_type_hints(RealtimeSession)}

    assert not realtime & (MOVED.keys() | GONE.keys())


def test_what_transcription_sessions_lack_is_what_conversations_have_more() -> None:
    more = get_type_hints(RealtimeSession).keys() - get_type_hints(TranscriptionSession).keys()

    assert more - {"model"} == CONVERSATION_ONLY
