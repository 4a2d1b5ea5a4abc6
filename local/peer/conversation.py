"""The session of a call: client events and speech in, server events and a voice out.

It does not think. It says what it heard, calls the session's first function once, and says honestly
that it is no model.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Protocol

from local.openai_sessions import overlaid
from local.peer import events
from local.peer.answer import Answer, function_called
from local.peer.events import Event, new_id
from local.peer.listening import Heard, Listener
from local.peer.writing import transcribed, translated, translation

# OpenAI's text comes faster than its speech; this is about as fast.
WORD_S = 0.04


class Speaker(Protocol):
    """What the conversation needs of a voice."""

    def say(self, text: str) -> None:
        """Say it, instead of whatever is being said."""

    def hush(self) -> None:
        """Say no more."""

    async def silence(self) -> None:
        """Wait until everything has been said."""


class Conversation:
    """One session, for as long as the call lasts; runs in the event loop of the call."""

    def __init__(
        self, session: dict[str, Any], *, send: Callable[[Event], None], voice: Speaker
    ) -> None:
        """Nothing is sent before `begin`.

        Args:
            session: The effective session that the client secret was minted with.
            send: Takes server events.
            voice: Speaks the answers.
        """
        self.session = session
        self.listener = Listener()
        self._send = send
        self._voice = voice
        self._last_item_id: str | None = None
        self._turn_item_id = ""
        self._answering: asyncio.Task[None] | None = None
        self._called = False
        self._typed = ""
        self._result: str | None = None
        self._handlers: dict[str, Callable[[Event], None]] = {
            "session.update": self._update,
            "conversation.item.create": self._create_item,
            "response.create": lambda _: self.answer(),
            "response.cancel": self._cancel,
            "output_audio_buffer.clear": lambda _: self._voice.hush(),
            "input_audio_buffer.commit": lambda _: self._commit(),
            "input_audio_buffer.clear": lambda _: self._tell("input_audio_buffer.cleared"),
            # The browser tells how much of an answer it has played; nothing here depends on it.
            "conversation.item.truncate": lambda _: None,
        }

    def begin(self) -> None:
        """The channel is open."""
        self._tell("session.created", session=self.session)

    def end(self) -> None:
        """The call is over."""
        if self._answering is not None:
            self._answering.cancel()

    def receive(self, raw: str | bytes) -> None:
        """Take a client event."""
        try:
            asked = json.loads(raw)
            handler = self._handlers.get(asked["type"])
        except (ValueError, TypeError, KeyError):
            self._send(events.error("Invalid JSON, or no type.", code="invalid_event"))
            return
        if handler is None:
            message = f"The offline peer does not know '{asked['type']}'."
            self._send(events.error(message, code="unknown_event", event_id=asked.get("event_id")))
            return
        handler(asked)

    def hear(self, samples: bytes, duration_ms: float) -> None:
        """Take audio of the caller: 16-bit samples."""
        heard = self.listener.hear(samples, duration_ms)
        detection = self.session.get("audio", {}).get("input", {}).get("turn_detection", {})
        if heard is None or (detection is None and self.session["type"] != "translation"):
            return
        if self.session["type"] == "translation":
            self._translate(heard)
        elif heard == "started":
            self._turn_began(detection)
        else:
            self._turn_ended(detection)

    def answer(self) -> None:
        """Answer what was said, typed or returned last."""
        if self._answering is not None and not self._answering.done():
            message = "Conversation already has an active response in progress."
            self._send(events.error(message, code="conversation_already_has_active_response"))
            return
        self._answering = asyncio.ensure_future(self._answer())

    def _tell(self, kind: str, **fields: Any) -> None:
        self._send(events.event(kind, **fields))

    # ---- the caller's turn

    def _turn_began(self, detection: dict[str, Any]) -> None:
        self._turn_item_id = new_id("item")
        start_ms = round(self.listener.heard_ms - self.listener.speech_ms)
        self._tell(
            "input_audio_buffer.speech_started", audio_start_ms=start_ms, item_id=self._turn_item_id
        )
        if detection.get("interrupt_response", True):
            self._interrupt("turn_detected")

    def _turn_ended(self, detection: dict[str, Any]) -> None:
        self._tell(
            "input_audio_buffer.speech_stopped",
            audio_end_ms=round(self.listener.heard_ms),
            item_id=self._turn_item_id,
        )
        self._commit()
        if self.session["type"] == "realtime" and detection.get("create_response", True):
            self.answer()

    def _commit(self) -> None:
        self._typed = ""
        item_id = self._turn_item_id or new_id("item")
        self._tell(
            "input_audio_buffer.committed", previous_item_id=self._last_item_id, item_id=item_id
        )
        content = [{"type": "input_audio", "transcript": None}]
        self._add(events.message(item_id, "user", content, "completed"))
        if self.session.get("audio", {}).get("input", {}).get("transcription"):
            for each in transcribed(item_id, self._heard_s()):
                self._send(each)

    def _translate(self, heard: Heard) -> None:
        if heard == "started":
            return
        language = self.session["audio"].get("output", {}).get("language", "es")
        text = translation(self._heard_s(), language)
        self._voice.say(text)
        for each in translated(self._heard_s(), text):
            self._send(each)

    # ---- client events

    def _update(self, asked: Event) -> None:
        self.session = overlaid(self.session, asked.get("session") or {})
        self._tell("session.updated", session=self.session)

    def _create_item(self, asked: Event) -> None:
        given = asked.get("item") or {}
        item = {
            "id": new_id("item"),
            "object": "realtime.item",
            "status": "completed",
            **given,
        }
        if item.get("type") == "function_call_output":
            self._result = str(item.get("output"))
        else:
            parts = item.get("content") or []
            self._typed = " ".join(str(part.get("text", "")) for part in parts)
        self._add(item)

    def _cancel(self, asked: Event) -> None:
        if self._answering is None or self._answering.done():
            message = "Cancellation failed: no active response found."
            code = "response_cancel_not_active"
            self._send(events.error(message, code=code, event_id=asked.get("event_id")))
            return
        self._interrupt("client_cancelled")

    def _interrupt(self, reason: str) -> None:
        if self._answering is not None and not self._answering.done():
            self._answering.cancel(reason)

    def _add(self, item: dict[str, Any]) -> None:
        where = {"previous_item_id": self._last_item_id, "item": item}
        self._tell("conversation.item.added", **where)
        self._tell("conversation.item.done", **where)
        self._last_item_id = item["id"]

    # ---- the answer

    async def _answer(self) -> None:
        function = self._function()
        if function is not None:
            self._called = True
            self._call_function(function)
            return
        text = self._words()
        modalities = self.session.get("output_modalities") or ["audio"]
        turn = Answer(self._send, modalities, previous_item_id=self._last_item_id)
        self._last_item_id = turn.item_id
        turn.begin()
        try:
            if turn.spoken:
                self._voice.say(text)
                turn.audible()
            for word in text.split():
                await asyncio.sleep(WORD_S)
                turn.word(word)
            if turn.spoken:
                await self._voice.silence()
            turn.end("completed", heard_s=self._heard_s())
        except asyncio.CancelledError as exc:
            self._voice.hush()
            turn.end("cancelled", heard_s=self._heard_s(), reason=str(exc) or "client_cancelled")

    def _words(self) -> str:
        if self._result is not None:
            text, self._result = f"Your function returned {self._result}.", None
        elif self._typed:
            text, self._typed = f"You wrote: {self._typed}", ""
        else:
            text = f"I heard you speak for {self._heard_s():.1f} seconds."
        return f"{text} I am the offline peer, so I only hum; with your OpenAI key a model answers."

    def _function(self) -> dict[str, Any] | None:
        tools = self.session.get("tools") or []
        functions = [tool for tool in tools if tool.get("type") == "function"]
        is_free = self.session.get("tool_choice") != "none" and not self._called
        return functions[0] if functions and is_free and self._result is None else None

    def _call_function(self, function: dict[str, Any]) -> None:
        names = (function.get("parameters") or {}).get("properties") or {}
        arguments = json.dumps(dict.fromkeys(names, "example"))
        item = events.function_call(function["name"], arguments)
        for each in function_called(item, previous_item_id=self._last_item_id):
            self._send(each)
        self._last_item_id = item["id"]

    def _heard_s(self) -> float:
        return self.listener.speech_ms / 1000
