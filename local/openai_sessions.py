"""The effective session in OpenAI's answer: what was asked for, over OpenAI's defaults."""

import copy
import secrets
import time
from typing import Any, Literal

DEFAULT_TTL_S = 600
REDACTED = "<redacted>"

_VAD: dict[str, Any] = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
_PCM = {"type": "audio/pcm", "rate": 24000}
_REALTIME: dict[str, Any] = {
    "type": "realtime",
    "object": "realtime.session",
    "model": "gpt-realtime",
    "output_modalities": ["audio"],
    "instructions": "Your knowledge cutoff is 2023-10. You are a helpful, witty, and friendly AI.",
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "tracing": None,
    "truncation": "auto",
    "prompt": None,
    "expires_at": 0,
    "audio": {
        "input": {
            "format": _PCM,
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": _VAD,
        },
        "output": {"format": _PCM, "voice": "alloy", "speed": 1.0},
    },
    "include": None,
}
_TRANSCRIPTION: dict[str, Any] = {
    "type": "transcription",
    "object": "realtime.transcription_session",
    "expires_at": 0,
    "audio": {
        "input": {
            "format": _PCM,
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": {
                key: _VAD[key]
                for key in ("type", "threshold", "prefix_padding_ms", "silence_duration_ms")
            },
        }
    },
    "include": None,
}
_TRANSLATION: dict[str, Any] = {
    "type": "translation",
    "audio": {
        "input": {"transcription": None, "noise_reduction": None},
        "output": {"language": "es"},
    },
}

McpCredentials = Literal["redacted", "echoed"]


def client_secret(
    body: dict[str, Any], *, translation: bool, mcp_credentials: McpCredentials
) -> dict[str, Any]:
    """The 200 for a valid body: a fresh `ek_…`, its expiry and the effective session."""
    expires_after = body.get("expires_after") or {}
    expires_at = int(time.time()) + int(expires_after.get("seconds", DEFAULT_TTL_S))
    session = effective_session(body.get("session") or {}, translation=translation)
    if translation:
        session["expires_at"] = expires_at
    if mcp_credentials == "redacted":
        _redact(session)
    return {"value": f"ek_{secrets.token_hex(16)}", "expires_at": expires_at, "session": session}


def effective_session(asked: dict[str, Any], *, translation: bool = False) -> dict[str, Any]:
    """The session as OpenAI would run it, with an id."""
    transcription = asked.get("type") == "transcription"
    defaults = _TRANSLATION if translation else _TRANSCRIPTION if transcription else _REALTIME
    session = overlaid(copy.deepcopy(defaults), asked)
    # Accepted, but no field of OpenAI's answer.
    session.pop("parallel_tool_calls", None)
    voice = session["audio"].get("output", {}).get("voice")
    if isinstance(voice, dict):
        session["audio"]["output"]["voice"] = voice["id"]
    return {"id": f"sess_{secrets.token_urlsafe(16)}", **session}


def overlaid(defaults: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """*asked* laid over *defaults*, object by object; an object of another `type` replaces."""
    if asked.get("type", defaults.get("type")) != defaults.get("type"):
        return copy.deepcopy(asked)
    result = dict(defaults)
    for name, value in asked.items():
        below = result.get(name)
        both = isinstance(value, dict) and isinstance(below, dict)
        result[name] = overlaid(below or {}, value) if both else copy.deepcopy(value)
    return result


def _redact(session: dict[str, Any]) -> None:
    for tool in session.get("tools", []):
        if tool.get("authorization"):
            tool["authorization"] = REDACTED
        if tool.get("headers"):
            tool["headers"] = dict.fromkeys(tool["headers"], REDACTED)
