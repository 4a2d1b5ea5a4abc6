"""What two fields may not say together, where OpenAI certainly refuses it.

The models judge each field by itself; these rules read the body as it came, so any of it may have
any shape.
"""

from collections.abc import Iterator
from typing import Any

from broker.errors import Violation

# OpenAI's prose for the first, its answer on this very endpoint for the second.
MODELS_WITHOUT_TURN_DETECTION = ("gpt-realtime-whisper", "gpt-live-transcribe")
MCP_SERVERS = ("server_url", "connector_id", "tunnel_id")


def broken_rules(body: dict[str, Any]) -> Iterator[Violation]:
    """What the body's session says that cannot hold together, in the order of its fields."""
    session = _object(body, "session")
    yield from _one_output_modality(session)
    yield from _transcription_without_turn_detection(session)
    yield from _mcp_tools_have_a_server(session)


def _one_output_modality(session: dict[str, Any]) -> Iterator[Violation]:
    modalities = session.get("output_modalities")
    if isinstance(modalities, list) and "text" in modalities and "audio" in modalities:
        yield Violation(
            "invalid_value",
            "Invalid modalities: ['audio', 'text']. Supported combinations are: ['text'] and "
            "['audio']. Audio comes with a transcript of its own.",
            "session.output_modalities",
        )


def _transcription_without_turn_detection(session: dict[str, Any]) -> Iterator[Violation]:
    audio_input = _object(_object(session, "audio"), "input")
    model = _object(audio_input, "transcription").get("model")
    if (
        session.get("type") == "transcription"
        and model in MODELS_WITHOUT_TURN_DETECTION
        and audio_input.get("turn_detection") is not None
    ):
        yield Violation(
            "invalid_value",
            "Turn detection is not supported for this transcription model. "
            f"With '{model}' it must be null.",
            "session.audio.input.turn_detection",
        )


def _mcp_tools_have_a_server(session: dict[str, Any]) -> Iterator[Violation]:
    tools = session.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else ()):
        if (
            isinstance(tool, dict)
            and tool.get("type") == "mcp"
            and not any(server in tool for server in MCP_SERVERS)
        ):
            path = f"session.tools[{index}].server_url"
            yield Violation(
                "missing_required_parameter",
                f"Missing required parameter: '{path}'. An MCP tool needs one of 'server_url', "
                "'connector_id' and 'tunnel_id'.",
                path,
            )


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}
