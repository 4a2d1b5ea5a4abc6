"""The events that an answer is made of: announced, filled word by word, done."""

from collections.abc import Callable, Iterator
from typing import Any

from local.peer import events
from local.peer.events import Event, new_id


def function_called(item: dict[str, Any], *, previous_item_id: str | None) -> Iterator[Event]:
    """The events of a response that calls a function and says nothing."""
    response_id, modalities = new_id("resp"), ["audio"]
    begun = events.response(response_id, "in_progress", output=[], modalities=modalities)
    yield events.event("response.created", response=begun)
    where = {"response_id": response_id, "output_index": 0}
    begun_item = {**item, "status": "in_progress", "arguments": ""}
    yield events.event("response.output_item.added", **where, item=begun_item)
    arguments = item["arguments"]
    call = {**where, "item_id": item["id"], "call_id": item["call_id"]}
    name = "response.function_call_arguments"
    yield events.event(f"{name}.delta", **call, delta=arguments)
    yield events.event(f"{name}.done", **call, name=item["name"], arguments=arguments)
    yield events.event("response.output_item.done", **where, item=item)
    added = {"previous_item_id": previous_item_id, "item": item}
    yield events.event("conversation.item.added", **added)
    yield events.event("conversation.item.done", **added)
    usage = events.usage(heard_s=0, words=len(arguments) // 4, spoken=False)
    done = events.response(
        response_id, "completed", output=[item], modalities=modalities, usage=usage
    )
    yield events.event("response.done", response=done)


class Answer:
    """One spoken or written answer, from its announcement to its token count.

    Attributes:
        item_id: Its message in the conversation.
        spoken: Whether it is heard, or only read.
    """

    def __init__(
        self,
        send: Callable[[Event], None],
        modalities: list[str],
        *,
        previous_item_id: str | None,
    ) -> None:
        self._send = send
        self._modalities = modalities
        self._previous_item_id = previous_item_id
        self._response_id = new_id("resp")
        self._words: list[str] = []
        self.item_id = new_id("item")
        self.spoken = "audio" in modalities
        self._kind = "response.output_audio_transcript" if self.spoken else "response.output_text"

    @property
    def _where(self) -> dict[str, Any]:
        return {"response_id": self._response_id, "output_index": 0}

    @property
    def _part(self) -> dict[str, Any]:
        return {**self._where, "item_id": self.item_id, "content_index": 0}

    def begin(self) -> None:
        """Announce it."""
        begun = events.response(
            self._response_id, "in_progress", output=[], modalities=self._modalities
        )
        self._send(events.event("response.created", response=begun))
        item = events.message(self.item_id, "assistant", [], "in_progress")
        self._send(events.event("response.output_item.added", **self._where, item=item))
        added = {"previous_item_id": self._previous_item_id, "item": item}
        self._send(events.event("conversation.item.added", **added))
        part = {"type": "audio", "transcript": ""} if self.spoken else {"type": "text", "text": ""}
        self._send(events.event("response.content_part.added", **self._part, part=part))

    def audible(self) -> None:
        """Its sound begins."""
        self._send(events.event("output_audio_buffer.started", response_id=self._response_id))

    def word(self, word: str) -> None:
        """One more word of its text."""
        delta = f" {word}" if self._words else word
        self._words.append(word)
        self._send(events.event(f"{self._kind}.delta", **self._part, delta=delta))

    def end(self, status: str, *, heard_s: float, reason: str | None = None) -> None:
        """It is `completed`, or `cancelled` for a *reason*."""
        text = " ".join(self._words)
        name = "transcript" if self.spoken else "text"
        part = {"type": "audio" if self.spoken else "text", name: text}
        if self.spoken:
            self._send(events.event("response.output_audio.done", **self._part))
        self._send(events.event(f"{self._kind}.done", **self._part, **{name: text}))
        self._send(events.event("response.content_part.done", **self._part, part=part))
        content = {"type": "output_audio" if self.spoken else "output_text", name: text}
        state = "completed" if status == "completed" else "incomplete"
        item = events.message(self.item_id, "assistant", [content], state)
        self._send(events.event("response.output_item.done", **self._where, item=item))
        done = {"previous_item_id": self._previous_item_id, "item": item}
        self._send(events.event("conversation.item.done", **done))
        usage = events.usage(heard_s=heard_s, words=len(self._words), spoken=self.spoken)
        answer = events.response(
            self._response_id,
            status,
            output=[item],
            modalities=self._modalities,
            usage=usage,
            reason=reason,
        )
        self._send(events.event("response.done", response=answer))
        if self.spoken:
            ending = "stopped" if status == "completed" else "cleared"
            self._send(events.event(f"output_audio_buffer.{ending}", response_id=self._response_id))
