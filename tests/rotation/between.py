"""A server between the function and one of its neighbours, for what happens on the way."""

from collections.abc import Callable
from urllib.parse import urlsplit

import urllib3

from tests.raw_server import Peer, RawServer, Reply, Request
from tests.replies import head

# Not for the next hop, or made anew.
_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "content-encoding", "host"}


class Between(RawServer):
    """Passes requests on to *target*.

    Attributes:
        instead: Asked first; its reply is given and nothing is passed on.
        afterwards: Told when the neighbour has answered, before the function hears of it; False
            keeps the answer and breaks the connection off.
    """

    def __init__(self, target: str) -> None:
        super().__init__(self._pass_on)
        parts = urlsplit(target)
        self._neighbour = urllib3.HTTPConnectionPool(
            str(parts.hostname), parts.port, maxsize=8, retries=False, timeout=30
        )
        self.instead: Callable[[Request], Reply | None] = lambda _: None
        self.afterwards: Callable[[Request], bool] = lambda _: True

    def _pass_on(self, peer: Peer) -> bool:
        request = peer.request
        assert request is not None
        if (other := self.instead(request)) is not None:
            return other(peer)
        headers = {name: value for name, value in request.header_list if name not in _HOP_BY_HOP}
        answer = self._neighbour.request(
            request.method, request.target, body=request.body, headers=headers, redirect=False
        )
        if not self.afterwards(request):
            return peer.end("reset")
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
        peer.send(head(answer.status, {**kept, "Content-Length": str(len(answer.data))}))
        peer.send(answer.data)
        return True
