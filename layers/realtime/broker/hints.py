"""Where a field went: what the switched-off beta API called it, and what else people send here.

A hint is one sentence after OpenAI's own; it never decides whether a body is refused.
"""

import re
from typing import Any

_FORMATS = {
    "pcm16": '{"type": "audio/pcm", "rate": 24000}',
    "g711_ulaw": '{"type": "audio/pcmu"}',
    "g711_alaw": '{"type": "audio/pcma"}',
}

# Unknown field to the place it has now. The paths are written without indexes.
MOVED = {
    "session.voice": "session.audio.output.voice",
    "session.speed": "session.audio.output.speed",
    "session.modalities": "session.output_modalities",
    "session.input_audio_format": "session.audio.input.format",
    "session.output_audio_format": "session.audio.output.format",
    "session.input_audio_transcription": "session.audio.input.transcription",
    "session.input_audio_noise_reduction": "session.audio.input.noise_reduction",
    "session.turn_detection": "session.audio.input.turn_detection",
    "session.max_response_output_tokens": "session.max_output_tokens",
    "session.max_tokens": "session.max_output_tokens",
    "session.expires_after": "expires_after",
    "session.system": "session.instructions",
    "session.format": "session.audio.input.format",
    "session.transcription": "session.audio.input.transcription",
    "session.noise_reduction": "session.audio.input.noise_reduction",
    "session.audio.voice": "session.audio.output.voice",
    "session.audio.speed": "session.audio.output.speed",
    "session.audio.turn_detection": "session.audio.input.turn_detection",
    "session.audio.transcription": "session.audio.input.transcription",
    "session.audio.noise_reduction": "session.audio.input.noise_reduction",
    "session.tools[].function": "session.tools[].name, .description and .parameters",
    "session.tool_choice.function": "session.tool_choice.name",
}

# Unknown field to what to do instead, where nothing took its place.
GONE = {
    "session.temperature": "The GA API has no temperature; leave it out.",
    "session.client_secret": "Only answers have it; 'expires_after', beside 'session', sets it.",
    "client_secret": "Only answers have it; 'expires_after' is its expiry.",
    "session.tools[].strict": "Realtime function tools have no strict mode; leave it out.",
    "session.id": "Only answers have it; leave it out.",
    "session.object": "Only answers have it; leave it out.",
    "session.expires_at": "Only answers have it; 'expires_after', beside 'session', sets it.",
    "session.audio.input.format.sample_rate": "It is called 'rate'.",
    "session.audio.output.format.sample_rate": "It is called 'rate'.",
    "session.audio.input.turn_detection.eagerness": "Only 'semantic_vad' has it.",
    **{
        f"session.audio.input.turn_detection.{name}": "Only 'server_vad' has it."
        for name in ("threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms")
    },
}

# In a transcription session these are unknown, though conversations have them.
CONVERSATION_ONLY = frozenset(
    (
        "instructions",
        "output_modalities",
        "tracing",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "reasoning",
        "max_output_tokens",
        "truncation",
        "prompt",
    )
)

_INDEX = re.compile(r"\[\d+\]")


def hint(code: str, path: str, given: Any) -> str:
    """A sentence that helps, or nothing.

    Args:
        code: The violation's code.
        path: Its path.
        given: For a missing field, the object it is missing from; else the value itself.
    """
    place = _INDEX.sub("[]", path)
    if code == "unknown_parameter":
        return _unknown(place)
    if code == "missing_required_parameter" and place == "session.type":
        return (
            'Add "type": "realtime" for a conversation or "type": "transcription" for a transcript.'
        )
    if place.endswith(("put.format", "put.format.type")) and isinstance(given, str | dict):
        return _format(given)
    if (
        place.endswith("turn_detection.type")
        and isinstance(given, dict)
        and given.get("type") == "none"
    ):
        return "To turn it off, set 'turn_detection' to null."
    if place == "session.type" and isinstance(given, dict) and given.get("type") == "translation":
        return "Translations have a route of their own: /v1/realtime/translations/client_secrets."
    if place == "expires_after" and code == "invalid_type":
        return 'Write it as {"anchor": "created_at", "seconds": 600}.'
    return ""


def _unknown(place: str) -> str:
    if place in MOVED:
        return f"It is '{MOVED[place]}' now."
    if place in GONE:
        return GONE[place]
    name = place.removeprefix("session.")
    if place == "session.model":
        return "A transcription session has its model in 'session.audio.input.transcription.model'."
    if name in CONVERSATION_ONLY and name != place:
        return "Only sessions of type 'realtime' have it."
    return _flat(place)


def _flat(place: str) -> str:
    within = f"session.{place}"
    if within in MOVED:
        return f"It is '{MOVED[within]}' now; session fields go inside 'session'."
    if within in GONE:
        return GONE[within]
    if place in CONVERSATION_ONLY or place in ("type", "model", "audio", "include"):
        return f"Session fields go inside 'session': '{within}'."
    return ""


def _format(given: Any) -> str:
    name = given.get("type") if isinstance(given, dict) else given
    if name not in _FORMATS:
        return ""
    return f"In the GA API '{name}' is {_FORMATS[name]}."
