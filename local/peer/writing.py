"""What the peer writes down of speech: how long it was, which is all that it understands."""

from collections.abc import Iterator

from local.peer import events
from local.peer.events import Event


def transcribed(item_id: str, heard_s: float) -> Iterator[Event]:
    """The transcription of a caller's turn."""
    kind = "conversation.item.input_audio_transcription"
    where = {"item_id": item_id, "content_index": 0}
    usage = {"type": "duration", "seconds": round(heard_s, 1)}
    yield events.event(f"{kind}.delta", **where, delta=_speech(heard_s), logprobs=None)
    yield events.event(f"{kind}.completed", **where, transcript=_speech(heard_s), usage=usage)


def translation(heard_s: float, language: str) -> str:
    """What is said in place of a translation."""
    return f"Here {heard_s:.1f} seconds of speech would be heard in {language}."


def translated(heard_s: float, text: str) -> Iterator[Event]:
    """The two transcripts of a translation, as they flow."""
    yield events.event("session.input_transcript.delta", delta=_speech(heard_s))
    for word in text.split():
        yield events.event("session.output_transcript.delta", delta=f"{word} ")


def _speech(heard_s: float) -> str:
    return f"({heard_s:.1f} seconds of speech)"
