"""What OpenAI's contract says beyond the types of its SDK, by path.

Sources: (S) OpenAI's API description 2.3.0, the schema beside the line; (P) its prose; (L) what
its servers were seen to answer. Paths are without indexes; `*` is any key of a map. Imports nothing
of this project.
"""

from typing import Any

# (lowest, highest) of numbers; None is open.
RANGES: dict[str, tuple[float | None, float | None]] = {
    "expires_after.seconds": (10, 7200),  # S RealtimeCreateClientSecretRequest
    "session.max_output_tokens": (1, 4096),  # P and L
    "session.audio.output.speed": (0.25, 1.5),  # S RealtimeSessionCreateRequestGA
    "session.audio.input.format.rate": (24000, 24000),  # S RealtimeAudioFormats, L
    "session.audio.output.format.rate": (24000, 24000),  # S RealtimeAudioFormats, L
    "session.audio.input.turn_detection.threshold": (0.0, 1.0),  # P
    "session.audio.input.turn_detection.idle_timeout_ms": (5000, 30000),  # S
    "session.truncation.retention_ratio": (0.0, 1.0),  # S RealtimeTruncation
    "session.truncation.token_limits.post_instructions": (0, None),  # S RealtimeTruncation
}

# Arrays that may not be empty.
NOT_EMPTY = (
    "session.audio.input.transcription.languages",  # S AudioTranscription
    "session.tools[].allowed_callers",  # S MCPTool
)

# Strings of a form: an example that has it, and one that has not.
FORMS = {
    "session.tools[].tunnel_id": ("tunnel_" + "0az9" * 8, "tunnel_x"),  # S MCPTool
}

# Typed as anything by the SDK, an object by the schema.
FREE_OBJECTS = (
    "session.tools[].parameters",  # S RealtimeFunctionTool
    "session.tracing.metadata",  # S RealtimeSessionCreateRequestGA
)

# Null means off (P), or is passed on as the caller's silence.
ALSO_NULL = (
    "expires_after",
    "session",
    "session.audio.input.transcription",
    "session.audio.input.noise_reduction",
)

# Required by OpenAI's servers, not by its types.
ALSO_REQUIRED = (("RealtimeFunctionToolParam", "name"),)  # L

# Required by its types, contradicted by their own prose ("defaults to auto").
NOT_SURELY_REQUIRED = (("ResponseInputImageParam", "detail"),)

# One of these must be in an MCP tool (P).
MCP_SERVERS = ("server_url", "connector_id", "tunnel_id")

# Transcription models without turn detection: P for the first, L for the second.
NO_TURN_DETECTION = ("gpt-realtime-whisper", "gpt-live-transcribe")


def made_consistent(body: dict[str, Any]) -> dict[str, Any]:
    """*body* with the fewest changes that make its fields agree with each other."""
    session = body.get("session")
    if not isinstance(session, dict):
        return body
    if {"text", "audio"} <= set(session.get("output_modalities", ())):
        session["output_modalities"] = ["audio"]
    for tool in session.get("tools", ()):
        if tool.get("type") == "mcp" and not any(server in tool for server in MCP_SERVERS):
            tool["server_url"] = "https://mcp.example"
    audio_input = session.get("audio", {}).get("input", {})
    model = (audio_input.get("transcription") or {}).get("model")
    if session.get("type") == "transcription" and model in NO_TURN_DETECTION:
        audio_input["turn_detection"] = None
    return body
