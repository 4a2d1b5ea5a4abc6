"""A stand-in for OpenAI: a real HTTP server that mints client secrets which open nothing.

It answers as the live API was seen to answer, knows nothing of the service's models, and can be
scripted to fail. `python -m local.openai_standin --port 8080` runs it by itself.
"""

import argparse
import collections
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from local.http_connection import Service
from local.http_messages import Request, Response, json_response
from local.http_server import HttpServer
from local.openai_admin import AdminApi
from local.openai_calls import (
    CALLS,
    CALLS_TRANSLATION,
    CORS,
    Calls,
    Issued,
    Refusal,
    call_headers,
    open_call,
)
from local.openai_grammar import fault_in
from local.openai_keys import ApiKeys
from local.openai_sessions import McpCredentials, client_secret

MINTING = "/realtime/client_secrets"
MINTING_TRANSLATION = "/realtime/translations/client_secrets"
# The beta API, switched off in favour of client secrets.
BETA = ("/realtime/sessions", "/realtime/transcription_sessions")
INVALID_REQUEST = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Answer:
    """A scripted answer, given once in place of the real behaviour.

    Attributes:
        status: HTTP status.
        body: Bytes as they are, or an object to send as JSON.
        headers: Added to OpenAI's usual ones, or overriding them.
        delay_s: How long to keep the caller waiting first.
    """

    status: int = 200
    body: bytes | dict[str, Any] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as the stand-in got it; header names are lower-case, `at` is epoch seconds."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


def openai_error(
    message: str, *, code: str | None = None, param: str | None = None, kind: str = INVALID_REQUEST
) -> dict[str, Any]:
    """OpenAI's error shape; *kind* is its `type`."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class OpenAIStandIn:
    """The stand-in for the length of a `with` block, on 127.0.0.1.

    Attributes:
        requests: Every request so far, in order of arrival.
        mcp_credentials: Whether the session comes back with MCP credentials `redacted`, as the live
            API was last seen to do, or `echoed`, as its schema would allow.
        issued: Every client secret minted so far, by its value; only these open calls.
        api_keys: Those that it mints for.
        admin: Its Admin API, whose service accounts have such keys.
    """

    def __init__(self, *, port: int = 0, calls: Calls | None = None) -> None:
        self.requests: list[Recorded] = []
        self.issued: dict[str, Issued] = {}
        self._calls = calls
        self.mcp_credentials: McpCredentials = "redacted"
        self.api_keys = ApiKeys()
        self.admin = AdminApi(self.api_keys)
        self._script: collections.deque[Answer] = collections.deque()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._server = HttpServer(Service(self._respond, _refuse), port=port)

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL; any other base path works as well."""
        return f"{self._server.url}/v1"

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.__exit__(kind, error, trace)

    def accept_keys(self, *keys: str) -> None:
        """Accept only these API keys from now on; without arguments, any that begins with `sk-`."""
        self.api_keys.name(*keys)

    def script(self, *answers: Answer) -> None:
        """Queue answers; each is given once, before anything about the request is judged."""
        with self._lock:
            self._script.extend(answers)

    def forget(self) -> None:
        """Drop what was recorded, and what is scripted and was not asked for."""
        with self._lock:
            self.requests.clear()
            self._script.clear()

    def _respond(self, request: Request) -> Response:
        started = time.monotonic()
        is_call = request.path.endswith((CALLS, CALLS_TRANSLATION))
        if is_call and request.method == "OPTIONS":
            return Response(204, b"", list(CORS.items()))
        with self._lock:
            headers = {name.lower(): value for name, value in request.headers}
            self.requests.append(
                Recorded(request.method, request.path, headers, request.body, request.at)
            )
            scripted = self._script.popleft() if self._script else None
        if scripted is not None:
            self._stopping.wait(scripted.delay_s)
        if is_call and request.method == "POST":
            answer = scripted or self._call(request)
            return _response(replace(answer, headers={**CORS, **answer.headers}), started)
        return _response(scripted or self._answer(request), started)

    def _answer(self, request: Request) -> Answer:
        if administered := self.admin.respond(request):
            return Answer(*administered)
        answer = _judge(request, self.api_keys, self.mcp_credentials)
        self._note_issued(answer)
        return answer

    def _call(self, request: Request) -> Answer:
        opened = open_call(request, self.issued, self._calls)
        if isinstance(opened, Refusal):
            kind = "server_error" if opened.status >= 500 else INVALID_REQUEST
            error = openai_error(opened.message, code=opened.code, kind=kind)
            return Answer(opened.status, error)
        return Answer(201, opened.encode(), call_headers(request.path))

    def _note_issued(self, answer: Answer) -> None:
        if answer.status == 200 and isinstance(answer.body, dict):
            issued = Issued(answer.body["session"], answer.body["expires_at"])
            with self._lock:
                self.issued[answer.body["value"]] = issued


def _judge(request: Request, keys: ApiKeys, mcp_credentials: McpCredentials) -> Answer:
    path = request.path
    if path.endswith(BETA):
        message = "The Realtime Beta API is no longer supported. Please use /v1/realtime instead."
        return Answer(400, openai_error(message, code="beta_api_shape_disabled"))
    if not path.endswith((MINTING, MINTING_TRANSLATION)):
        return Answer(404, openai_error(f"Invalid URL ({request.method} {path})"))
    if request.method != "POST":
        message = f"Not allowed to {request.method} on {path}."
        return Answer(405, openai_error(message, code="method_not_supported"))
    return _unauthorized(request, keys) or _mint(
        request.body,
        translation=path.endswith(MINTING_TRANSLATION),
        mcp_credentials=mcp_credentials,
    )


def _unauthorized(request: Request, keys: ApiKeys) -> Answer | None:
    scheme, _, api_key = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not api_key:
        return Answer(401, openai_error("Missing bearer or basic authentication in header"))
    if keys.takes(api_key):
        return None
    shown = f"{api_key[:8]}{'*' * 8}{api_key[-4:]}" if len(api_key) > 12 else "*" * len(api_key)
    message = f"Incorrect API key provided: {shown}. You can find your API key on the platform."
    return Answer(401, openai_error(message, code="invalid_api_key"))


def _mint(raw_body: bytes, *, translation: bool, mcp_credentials: McpCredentials) -> Answer:
    try:
        body = json.loads(raw_body)
    # RecursionError: nested deeper than the parser goes.
    except (ValueError, RecursionError):
        message = "We could not parse the JSON body of your request."
        return Answer(400, openai_error(message))
    fault = fault_in(body, translation=translation)
    if fault is not None:
        return Answer(400, openai_error(fault.message, code=fault.code, param=fault.param))
    return Answer(
        200, client_secret(body, translation=translation, mcp_credentials=mcp_credentials)
    )


def _response(answer: Answer, started: float) -> Response:
    headers = {
        "content-type": "application/json",
        "openai-version": "2020-10-01",
        "openai-processing-ms": str(round((time.monotonic() - started) * 1000)),
        "x-request-id": f"req_{secrets.token_hex(16)}",
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-remaining-requests": "999",
        "x-ratelimit-reset-requests": "60ms",
        **{name.lower(): value for name, value in answer.headers.items()},
    }
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    return Response(answer.status, body, list(headers.items()))


def _refuse(status: int) -> Response:
    return json_response(status, openai_error("Bad request"))


def main() -> None:
    """Serve until interrupted."""
    arguments = argparse.ArgumentParser(description="A stand-in for OpenAI's client secrets.")
    arguments.add_argument("--port", type=int, default=0, help="default: any free one")
    with OpenAIStandIn(port=arguments.parse_args().port) as standin:
        print(f"OPENAI_BASE_URL={standin.base_url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
