"""Server events of the Realtime API, in the shapes that OpenAI sends over `oai-events`.

Source: "Server events", OpenAI API reference; the calls' own `output_audio_buffer.*` are sent over
WebRTC alone.
"""

import secrets
from typing import Any

Event = dict[str, Any]


def new_id(prefix: str) -> str:
    """An id as OpenAI makes them, such as `item_…`."""
    return f"{prefix}_{secrets.token_hex(10)}"


def event(kind: str, **fields: Any) -> Event:
    """A server event; *kind* is its `type`."""
    return {"type": kind, "event_id": new_id("event"), **fields}


def error(
    message: str, *, code: str, event_id: str | None = None, param: str | None = None
) -> Event:
    """OpenAI could not do what a client event asked for; the session goes on."""
    details = {
        "type": "invalid_request_error",
        "code": code,
        "message": message,
        "param": param,
        "event_id": event_id,
    }
    return event("error", error=details)


def message(item_id: str, role: str, content: list[dict[str, Any]], status: str) -> dict[str, Any]:
    """A message of the conversation; *status* is `in_progress`, `completed` or `incomplete`."""
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": status,
        "role": role,
        "content": content,
    }


def function_call(name: str, arguments: str) -> dict[str, Any]:
    """A function that the model wants called; *arguments* is JSON."""
    return {
        "id": new_id("item"),
        "object": "realtime.item",
        "type": "function_call",
        "status": "completed",
        "name": name,
        "call_id": new_id("call"),
        "arguments": arguments,
    }


def response(
    response_id: str,
    status: str,
    *,
    output: list[dict[str, Any]],
    modalities: list[str],
    usage: dict[str, Any] | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """A response; *reason* is why it was cancelled."""
    return {
        "id": response_id,
        "object": "realtime.response",
        "status": status,
        "status_details": {"type": status, "reason": reason} if reason else None,
        "output": output,
        "output_modalities": modalities,
        "max_output_tokens": "inf",
        "usage": usage,
        "metadata": None,
    }


def usage(*, heard_s: float, words: int, spoken: bool) -> dict[str, Any]:
    """Token counts of about the size that OpenAI charges: 10 a second heard, 20 a second spoken."""
    audio_in, audio_out = round(heard_s * 10), words * 6 if spoken else 0
    text_in, text_out = 40, words + words // 3
    return {
        "total_tokens": audio_in + text_in + audio_out + text_out,
        "input_tokens": audio_in + text_in,
        "output_tokens": audio_out + text_out,
        "input_token_details": {
            "text_tokens": text_in,
            "audio_tokens": audio_in,
            "image_tokens": 0,
            "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": text_out, "audio_tokens": audio_out},
    }
