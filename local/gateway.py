"""API Gateway's HTTP API on this machine: HTTP in, events to the functions, HTTP out.

For each request in turn: preflight, route, throttle, authorizer, function, CORS. What is refused on
the way gets API Gateway's own answer, not the function's.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTimeError
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from local.authorizers import Authorize, RefusedError, local_caller
from local.cors import Cors
from local.functions import Outcome
from local.gateway_answer import answer_of, own_answer
from local.gateway_event import event_of, new_request_id
from local.http_connection import Service
from local.http_messages import Request, Response
from local.http_server import HttpServer
from local.pool import ConcurrencyError
from local.routes import Route, match
from local.throttle import Throttle

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_HEADER_BYTES = 10_240
# More requests at once than any local test makes; each waits in a thread of its own.
MAX_IN_FLIGHT = 256

Invoke = Callable[[Mapping[str, Any]], Outcome]


@dataclass(frozen=True, slots=True)
class Handled:
    """A request that was answered: what the access log would say of it."""

    method: str
    path: str
    route_key: str | None
    status: int
    duration_ms: float
    headers: Mapping[str, str]


class Gateway:
    """An HTTP API for the length of a `with` block, on 127.0.0.1.

    Attributes:
        handled: Every request so far, in order of answering.
        unread: Statuses of the requests that were refused before they could be read.
        request_counts: How many requests each route key has seen, refused ones included.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        functions: Mapping[str, Invoke],
        *,
        port: int = 0,
        authorize: Authorize = local_caller,
        cors: Cors | None = None,
        throttle: Throttle | None = None,
        on_handled: Callable[[Handled], None] | None = None,
    ) -> None:
        """Bind the port.

        Args:
            routes: Of the API.
            functions: What runs each route's function, by logical id.
            port: 0 takes any free one.
            authorize: Asked on every route that is not open.
            cors: None answers no preflight and adds no header.
            throttle: Of the stage; None lets everything through.
            on_handled: Called after each answer, for an access log.

        Raises:
            OSError: The port is taken.
        """
        self.handled: list[Handled] = []
        self.unread: list[int] = []
        self.request_counts: Counter[str] = Counter()
        self._routes = tuple(routes)
        self._functions = functions
        self._authorize = authorize
        self._cors = cors
        self._throttle = throttle
        self._on_handled = on_handled
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(MAX_IN_FLIGHT, thread_name_prefix="integration")
        service = Service(self._respond, self._refuse, MAX_BODY_BYTES, MAX_HEADER_BYTES)
        self._server = HttpServer(service, port=port)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:N`, without a trailing slash."""
        return self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _respond(self, request: Request) -> Response:
        request_id = new_request_id()
        started = time.monotonic()
        found = match(self._routes, request.method, request.path)
        if self._cors is not None and (preflight := self._cors.preflight(request)):
            response = preflight
        elif found is None:
            response = own_answer(404)
        else:
            response = self._answer_on(found[0], found[1], request, request_id)
        if self._cors is not None and request.method != "OPTIONS":
            response = self._cors.apply(request, response)
        self._record(request, found[0].key if found else None, response.status, started)
        return replace(response, headers=[*response.headers, ("apigw-requestid", request_id)])

    def _refuse(self, status: int) -> Response:
        self.unread.append(status)
        return own_answer(status)

    def _answer_on(
        self, route: Route, path_parameters: Mapping[str, str], request: Request, request_id: str
    ) -> Response:
        if self._throttle is not None and not self._throttle.admits():
            return own_answer(429)
        try:
            is_open = route.authorization == "NONE"
            authorizer = None if is_open else self._authorize(request, route)
        except RefusedError as refused:
            return refused.response
        event = event_of(
            request, route, path_parameters, authorizer=authorizer, request_id=request_id
        )
        integration = self._threads.submit(self._functions[route.function], event)
        try:
            return answer_of(integration.result(route.timeout_s))
        except (NotInTimeError, ConcurrencyError):
            return own_answer(503)

    def _record(self, request: Request, key: str | None, status: int, started: float) -> None:
        headers = {name.lower(): value for name, value in request.headers}
        duration_ms = (time.monotonic() - started) * 1000
        handled = Handled(request.method, request.path, key, status, duration_ms, headers)
        with self._lock:
            self.handled.append(handled)
            if key is not None:
                self.request_counts[key] += 1
        if self._on_handled is not None:
            self._on_handled(handled)
