"""An OpenAI that answers every mint with the same words, in microseconds, in a process of its own.

The stand-in of `local/` judges and records; here the network is to cost as little as it can, so
that what is measured is the function. `python -m benchmarks.fast_openai FD CERTIFICATE`: over TLS,
as OpenAI, so that everybody pays for certificates and a handshake.
"""

import asyncio
import json
import socket
import ssl
import sys
import time

from local.lifeline import end_with_parent

_BODY = json.dumps(
    {
        "value": "ek_" + "0123456789abcdef" * 2,
        "expires_at": int(time.time()) + 600,
        "session": {
            "type": "realtime",
            "object": "realtime.session",
            "id": "sess_benchmark",
            "model": "gpt-realtime-2.1",
            "output_modalities": ["audio"],
            "instructions": "Speak clearly, briefly and kindly. " * 20,
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "audio": {
                "input": {"format": {"type": "audio/pcm", "rate": 24000}},
                "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"},
            },
        },
    }
).encode()
_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_benchmark\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class _Answering(asyncio.Protocol):
    """Answers each complete request on a connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - narrows the type
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head):
            self._read = b""
            self._transport.write(_ANSWER)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def _serve(listener: socket.socket, certificate: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Answering, sock=listener, ssl=context)
    await server.serve_forever()


if __name__ == "__main__":
    end_with_parent()
    asyncio.run(_serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2]))
