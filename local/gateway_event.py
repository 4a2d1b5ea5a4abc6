"""The event that API Gateway makes of a request: HTTP API, payload format 2.0.

Source: "Working with AWS Lambda proxy integrations for HTTP APIs", and what others measured where
it is silent: which content types stay text, that `rawPath` is decoded, where cookies go.
"""

import base64
import os
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.aws import ACCOUNT_ID
from local.http_messages import Request
from local.routes import Route

API_ID = "local"
# Everything else arrives as base64: forms too, and bodies without a content type.
TEXT_TYPES = ("application/json", "application/javascript", "application/xml")

Authorizer = Mapping[str, Any]


def event_of(
    request: Request,
    route: Route,
    path_parameters: Mapping[str, str],
    *,
    authorizer: Authorizer | None,
    request_id: str,
) -> dict[str, Any]:
    """The event for the function.

    Args:
        request: As read from the wire.
        route: The route it takes.
        path_parameters: By name, decoded.
        authorizer: Of `requestContext`; None on open routes.
        request_id: Also the answer's `apigw-requestid`.

    Returns:
        A dictionary without the keys that API Gateway leaves out: no body, cookies, query or path
        parameters where there are none.
    """
    headers = _joined_headers(request)
    cookies = headers.pop("cookie", None)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": unquote(request.path),
        "rawQueryString": request.query,
    }
    if cookies is not None:
        event["cookies"] = [each.strip() for each in cookies.replace(",", ";").split(";")]
    event["headers"] = dict(sorted({**headers, **_added_headers(request, headers)}.items()))
    if query := _joined(parse_qsl(request.query, keep_blank_values=True)):
        event["queryStringParameters"] = query
    event["requestContext"] = _request_context(request, route, headers, authorizer, request_id)
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request, headers.get("content-type", ""))
    else:
        event["isBase64Encoded"] = False
    return event


def new_request_id() -> str:
    """Like API Gateway's: sixteen characters of base64."""
    return base64.urlsafe_b64encode(os.urandom(11)).decode()


def _request_context(
    request: Request,
    route: Route,
    headers: Mapping[str, str],
    authorizer: Authorizer | None,
    request_id: str,
) -> dict[str, Any]:
    domain = headers.get("host", "127.0.0.1").partition(":")[0]
    context: dict[str, Any] = {"accountId": ACCOUNT_ID, "apiId": API_ID}
    if authorizer is not None:
        context["authorizer"] = authorizer
    return {
        **context,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": unquote(request.path),
            "protocol": request.version,
            "sourceIp": request.client_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": route.key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(request.at)),
        "timeEpoch": int(request.at * 1000),
    }


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _joined_headers(request: Request) -> dict[str, str]:
    hop_by_hop = ("connection", "transfer-encoding", "expect", "keep-alive")
    lower_cased = [(name.lower(), value) for name, value in request.headers]
    return _joined([each for each in lower_cased if each[0] not in hop_by_hop])


def _added_headers(request: Request, headers: Mapping[str, str]) -> dict[str, str]:
    forwarded = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
    root = f"1-{int(request.at):08x}-{uuid.uuid4().hex[:24]}"
    return {
        "content-length": str(len(request.body)),
        "x-amzn-trace-id": f"Root={root}",
        "x-forwarded-for": ", ".join([*forwarded, request.client_ip]),
        "x-forwarded-port": headers.get("host", "").partition(":")[2] or "80",
        "x-forwarded-proto": "http",
    }


def _body(request: Request, content_type: str) -> tuple[str, bool]:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in TEXT_TYPES:
        try:
            return request.body.decode("utf-8"), False
        except UnicodeDecodeError:
            # Not documented. As base64 the function sees the very bytes and refuses them itself.
            pass
    return base64.b64encode(request.body).decode(), True
