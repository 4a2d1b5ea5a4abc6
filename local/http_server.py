"""The HTTP/1.1 server under the gateway, the stand-in for OpenAI and the token issuer.

It reads whole requests (keep-alive, chunked bodies, `Expect: 100-continue`), hands each to one
function and writes that function's answer. What it cannot read is answered by the owner's `refuse`.
"""

import contextlib
import socket
import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from local.http_connection import Service, handler_for


class HttpServer:
    """A server on 127.0.0.1 for the length of a `with` block."""

    def __init__(self, service: Service, *, port: int = 0) -> None:
        """Bind the port (0 takes any free one); requests are answered once entered.

        Raises:
            OSError: The port is taken.
        """
        self._server = _Listener(("127.0.0.1", port), handler_for(service))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """`http://127.0.0.1:N`, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Cut what clients still keep alive."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
