"""What API Gateway answers: the function's answer turned into HTTP, and its own refusals."""

import base64
import binascii
import json
from typing import Any

from local.functions import Outcome
from local.http_messages import Headers, Response, json_response

# API Gateway's wording; it has no code, no type and none of the function's headers.
OWN_MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
# Made by the gateway for each answer; a function's own are dropped.
_OF_THE_CONNECTION = ("connection", "content-length", "date", "transfer-encoding")


class MalformedAnswerError(Exception):
    """The function's answer is not one that API Gateway can turn into HTTP."""


def own_answer(status: int, headers: Headers | None = None) -> Response:
    """One of API Gateway's own answers."""
    message = OWN_MESSAGES.get(status, "Bad Request")
    return json_response(status, {"message": message}, headers or ())


def answer_of(outcome: Outcome) -> Response:
    """The HTTP answer for an invocation: 500 for a function that failed or answered nonsense."""
    if outcome.is_error:
        return own_answer(500)
    try:
        return _response(outcome.payload)
    except MalformedAnswerError:
        return own_answer(500)


def _response(payload: Any) -> Response:
    if not isinstance(payload, dict) or "statusCode" not in payload:
        # Format 2.0 takes any other JSON value for the body of a 200.
        return json_response(200, payload)
    headers = _headers(payload.get("headers") or {})
    for cookie in payload.get("cookies") or []:
        headers.append(("set-cookie", str(cookie)))
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    return Response(_status(payload["statusCode"]), _body(payload), headers)


def _status(value: object) -> int:
    try:
        status = int(str(value))
    except ValueError:
        raise MalformedAnswerError from None
    if not 100 <= status <= 599:
        raise MalformedAnswerError
    return status


def _headers(given: Any) -> Headers:
    if not isinstance(given, dict):
        raise MalformedAnswerError
    headers = []
    for name, value in given.items():
        text = value if isinstance(value, str) else json.dumps(value)
        if name.lower() not in _OF_THE_CONNECTION:
            headers.append((name.lower(), text))
    return headers


def _body(payload: dict[str, Any]) -> bytes:
    body = payload.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedAnswerError
    if not payload.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise MalformedAnswerError from None
