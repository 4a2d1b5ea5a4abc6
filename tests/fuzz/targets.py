"""What is fuzzed: bytes become an event, an answer of OpenAI's, or what comes off its socket.

A finding is an exception: an answer outside the error table, a 500, or a canary that got out.
"""

import base64
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from broker.redaction import hide, scrubbed
from local.lifeline import ROOT
from openai_realtime.admin import AdminApiKeys, ServiceAccountKey, ServiceAccounts
from openai_realtime.client import Client
from openai_realtime.errors import APIError
from openai_realtime.transport import MAX_ANSWER_BYTES, Answer
from tests.faults import canaries
from tests.fuzz.environment import Canned, Environment
from tests.raw_server import RawServer, Then
from tests.replies import raw

OURS = {
    (401, "unauthenticated"),
    (400, "invalid_json"),
    (413, "request_too_large"),
    (404, "profile_not_found"),
    (403, "not_allowed_by_policy"),
    (403, "user_blocked"),
    (502, "upstream_authentication_failed"),
    (502, "upstream_error"),
    (502, "upstream_unreachable"),
    (502, "upstream_invalid_response"),
    (503, "upstream_quota_exhausted"),
    (504, "upstream_timeout"),
}
# With a code of OpenAI's, or one in OpenAI's grammar.
OPENAIS = (400, 409, 413, 422, 429)
ERROR_KEYS = {"message", "type", "param", "code"}
CREDENTIALS = (canaries.API_KEY, canaries.ORGANIZATION, canaries.PEPPER)


class FindingError(Exception):
    """The function did what it must not."""


@cache
def _environment() -> Environment:
    return Environment()


@cache
def _event() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "events" / "jwt-caller.json").read_text())
    return loaded


def event(data: bytes) -> None:
    """The first byte says which part of the event the rest is."""
    kind, rest = data[:1], data[1:]
    text = rest.decode("utf-8", "replace")
    if kind == b"s":
        # Half a surrogate pair, as it may stand in an event, which is JSON.
        text = text.replace("\N{REPLACEMENT CHARACTER}", "\ud800")
    changed = dict(_event())
    if kind == b"6":
        changed |= {"body": rest.decode("latin-1"), "isBase64Encoded": True}
    elif kind == b"B":
        changed |= {"body": base64.b64encode(rest).decode(), "isBase64Encoded": True}
    elif kind == b"p":
        changed |= {"rawPath": f"/{text}/v1/realtime/client_secrets"}
    elif kind == b"t":
        path = "/v1/realtime/translations/client_secrets"
        changed |= {"rawPath": path, "body": text}
    elif kind == b"c":
        changed |= {"requestContext": {**changed["requestContext"], "authorizer": _json(text)}}
    elif kind == b"h":
        changed |= {"headers": {**changed["headers"], text[:20]: text[20:]}, "cookies": [text]}
    else:
        changed |= {"body": text}
    method = {"method": "POST", "path": changed["rawPath"]}
    http = {**changed["requestContext"]["http"], **method}
    changed["requestContext"] = {**changed["requestContext"], "http": http}
    _check(_environment(), changed)


def upstream(data: bytes) -> None:
    """An answer to the mint."""
    canned = _environment().upstream
    assert canned is not None
    canned.answer = _answer(data)
    _check(_environment(), {**_event(), "body": "{}"})


@cache
def _admin_client() -> tuple[Client, Canned]:
    hide(canaries.API_KEY)
    client = Client(canaries.API_KEY, base_url="https://api.openai.test/v1", max_retries=0)
    return client, Canned(client)


def admin(data: bytes) -> None:
    """An answer of the Admin API's, to all that a rotation asks it."""
    client, canned = _admin_client()
    canned.answer = _answer(data)
    accounts = ServiceAccounts(client, project_id="proj_1")
    asked: list[Callable[[], object]] = [
        accounts.project,
        accounts.list,
        AdminApiKeys(client).list,
        lambda: accounts.create("name"),
        lambda: accounts.delete("svc_1"),
    ]
    for ask in asked:
        try:
            found = ask()
        except APIError as error:
            # As the rotation logs it.
            said = scrubbed(str(error))
        else:
            said = repr(found) if isinstance(found, ServiceAccountKey) else ""
        if canaries.API_KEY in said:
            raise FindingError(f"Got out: {said}.")


def _answer(data: bytes) -> Answer:
    """Two bytes of status, then headers up to an empty line, then the body."""
    status = 200 + int.from_bytes(data[:2], "big") % 400
    head, _, body = data[2:].partition(b"\n\n")
    lines = [line.partition(b":") for line in head.split(b"\n") if b":" in line]
    headers = {name.decode("latin-1").lower(): to.decode("latin-1") for name, _, to in lines}
    body = body.replace(b"CANARY", canaries.API_KEY.encode())
    complete = len(body) <= MAX_ANSWER_BYTES
    return Answer(status, headers, body[:MAX_ANSWER_BYTES], complete)


@cache
def _on_a_socket() -> tuple[Environment, RawServer]:
    server = RawServer().__enter__()
    return Environment(base_url=server.base_url), server


def wire(data: bytes) -> None:
    """Whatever comes off the socket; the first byte says how it ends."""
    environment, server = _on_a_socket()
    endings: tuple[Then, ...] = ("close", "reset", "close", "keep")
    # Kept open, the function would wait for the rest with all its patience.
    then = endings[data[0] % 3] if data else "close"
    server.answer_with(raw(data[1:], then=then))
    server.requests.clear()
    _check(environment, {**_event(), "body": "{}"})


def _check(environment: Environment, event: dict[str, Any]) -> None:
    answer, out = environment.invoke(event)
    status, headers, text = answer["statusCode"], answer["headers"], answer["body"]
    json.dumps(answer)
    body = json.loads(text, parse_constant=_refuse)
    if status != 200:
        error = body["error"]
        is_openais = status in OPENAIS or error["code"] == "model_not_found"
        if (status, error["code"]) not in OURS and not is_openais:
            raise FindingError(f"Outside the table: {status} {error}.")
        if not error.keys() >= ERROR_KEYS:
            raise FindingError(f"Not OpenAI's shape: {error}.")
    if headers.get("cache-control") != "no-store":
        raise FindingError("May be cached.")
    if not all(str(value).isprintable() and str(value).isascii() for value in headers.values()):
        raise FindingError(f"A header that cannot be sent: {headers}.")
    for line in out.splitlines():
        json.loads(line)
    leaked = [each for each in CREDENTIALS if each in f"{out}{headers}{text}"]
    if leaked or canaries.ISSUED in out:
        raise FindingError(f"Got out: {leaked or canaries.ISSUED}.")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> None:
    raise FindingError(f"{constant} is not JSON.")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "event": event,
    "upstream": upstream,
    "wire": wire,
    "admin": admin,
}
