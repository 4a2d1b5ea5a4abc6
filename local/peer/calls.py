"""WebRTC calls in a thread of their own: an SDP offer in, an answer out, the rest by itself."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import aioice.ice
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from local.openai_calls import OfferError
from local.peer.conversation import Conversation
from local.peer.voice import Voice

ANSWER_TIMEOUT_S = 10.0

Result = TypeVar("Result")

_host_addresses = aioice.ice.get_host_addresses


def _with_loopback(*, use_ipv4: bool, use_ipv6: bool) -> list[str]:
    found: list[str] = _host_addresses(use_ipv4=use_ipv4, use_ipv6=use_ipv6)
    return [*found, "127.0.0.1"]


class WebRtcCalls:
    """Takes calls for the length of a `with` block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._calls: set[_Call] = set()

    def __enter__(self) -> Self:
        # aioice leaves loopback out, which is all there is on a machine without a network.
        aioice.ice.get_host_addresses = _with_loopback
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(TimeoutError):
            self._run(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(2)
        self._loop.close()
        aioice.ice.get_host_addresses = _host_addresses

    def answer(self, offer: str, session: dict[str, Any]) -> str:
        """Answer an SDP offer; *session* is what the call's client secret was minted with.

        Raises:
            OfferError: The offer is no SDP with audio and a data channel.
        """
        return self._run(self._answer(offer, session))

    def hang_up(self) -> None:
        """End every call, as the other side."""
        self._run(self._hang_up())

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_TIMEOUT_S)

    async def _answer(self, offer: str, session: dict[str, Any]) -> str:
        call = _Call(session, on_closed=self._calls.discard)
        try:
            answer = await call.answer(offer)
        # aiortc raises whatever its parser stumbles over.
        except Exception as exc:
            await call.close()
            raise OfferError(str(exc)) from exc
        self._calls.add(call)
        return answer

    async def _hang_up(self) -> None:
        await asyncio.gather(*(call.close() for call in list(self._calls)))


class _Call:
    """One peer connection and its conversation."""

    def __init__(self, session: dict[str, Any], *, on_closed: Any) -> None:
        # Without ICE servers: the default would ask a STUN server outside.
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._voice = Voice()
        self._channel: RTCDataChannel | None = None
        self._listening: asyncio.Task[None] | None = None
        self._on_closed = on_closed
        self._conversation = Conversation(session, send=self._send, voice=self._voice)
        self._peer.on("datachannel", self._open)
        self._peer.on("track", self._listen)
        self._peer.on("connectionstatechange", self._state_changed)

    async def answer(self, offer: str) -> str:
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        self._peer.addTrack(self._voice)
        await self._peer.setLocalDescription(await self._peer.createAnswer())
        return str(self._peer.localDescription.sdp)

    async def close(self) -> None:
        self._conversation.end()
        if self._listening is not None:
            self._listening.cancel()
        await self._peer.close()
        self._on_closed(self)

    def _send(self, event: dict[str, Any]) -> None:
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(json.dumps(event))

    def _open(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        channel.on("message", self._conversation.receive)
        self._conversation.begin()

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                duration_ms = frame.samples / frame.sample_rate * 1000
                self._conversation.hear(bytes(frame.planes[0]), duration_ms)

    async def _state_changed(self) -> None:
        if self._peer.connectionState in ("failed", "closed"):
            await self.close()
