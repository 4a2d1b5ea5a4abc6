"""The conversation of `make talk`, without the call around it."""

import array
import asyncio
import json
from typing import Any

import pytest

from local.openai_sessions import effective_session
from local.peer.conversation import Conversation
from local.peer.listening import Listener

LOUD = array.array("h", [8000, -8000] * 480).tobytes()
QUIET = bytes(len(LOUD))
FRAME_MS = 20


class Voice:
    """Says everything at once."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def hush(self) -> None:
        self.said.append("")

    async def silence(self) -> None:
        return


class Talk:
    def __init__(self, **asked: Any) -> None:
        session = effective_session({"type": "realtime", **asked}, translation=False)
        self.events: list[dict[str, Any]] = []
        self.voice = Voice()
        self.conversation = Conversation(session, send=self.events.append, voice=self.voice)

    def send(self, event: dict[str, Any]) -> None:
        self.conversation.receive(json.dumps(event))

    def speak(self) -> None:
        for sound, frames in ((LOUD, 40), (QUIET, 30)):
            for _ in range(frames):
                self.conversation.hear(sound, FRAME_MS)

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def settle(self) -> None:
        for _ in range(400):
            if "response.done" in self.kinds:
                return
            await asyncio.sleep(0.01)


def test_a_click_is_no_speech_and_a_pause_is_no_end() -> None:
    listener = Listener()
    heard = []
    for sound, frames in ((LOUD, 2), (QUIET, 30), (LOUD, 20), (QUIET, 10), (LOUD, 20), (QUIET, 30)):
        heard += [listener.hear(sound, FRAME_MS) for _ in range(frames)]

    assert [each for each in heard if each] == ["started", "stopped"]
    assert listener.speech_ms == pytest.approx(1000, abs=2 * FRAME_MS)


def test_speech_is_answered_in_openais_order() -> None:
    async def talk() -> Talk:
        talk = Talk()
        talk.conversation.begin()
        talk.speak()
        await talk.settle()
        return talk

    kinds = asyncio.run(talk()).kinds

    expected = [
        "session.created",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "output_audio_buffer.started",
        "response.output_audio_transcript.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.output_item.done",
        "response.done",
    ]
    places = [kinds.index(kind) for kind in expected]
    assert places == sorted(places)


def test_speech_during_an_answer_interrupts_it() -> None:
    async def talk() -> Talk:
        talk = Talk()
        talk.speak()
        await asyncio.sleep(0.1)
        talk.speak()
        await talk.settle()
        return talk

    talked = asyncio.run(talk())

    done = next(event for event in talked.events if event["type"] == "response.done")
    assert done["response"]["status"] == "cancelled"
    assert done["response"]["status_details"]["reason"] == "turn_detected"
    assert "output_audio_buffer.cleared" in talked.kinds
    assert "" in talked.voice.said


def test_without_turn_detection_only_the_client_ends_a_turn() -> None:
    async def talk() -> Talk:
        talk = Talk(audio={"input": {"turn_detection": None}})
        talk.speak()
        assert talk.kinds == []
        talk.send({"type": "input_audio_buffer.commit"})
        talk.send({"type": "response.create"})
        await talk.settle()
        return talk

    assert "response.done" in asyncio.run(talk()).kinds


def test_an_unknown_event_and_nonsense_are_errors_and_the_session_goes_on() -> None:
    talk = Talk()
    talk.send({"type": "response.shout", "event_id": "mine"})
    talk.conversation.receive("{")
    talk.send({"type": "response.cancel"})
    talk.send({"type": "session.update", "session": {"instructions": "Be brief."}})

    assert [event["error"]["code"] for event in talk.events[:3]] == [
        "unknown_event",
        "invalid_event",
        "response_cancel_not_active",
    ]
    assert talk.events[0]["error"]["event_id"] == "mine"
    assert talk.events[3]["session"]["instructions"] == "Be brief."
