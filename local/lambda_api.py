"""Lambda's own API, as much of it as invokes a function: `boto3.client("lambda").invoke`.

Secrets Manager's stand-in calls rotation functions through it, and so do the operator's commands.
"""

import functools
import json
import re
from collections.abc import Mapping
from urllib.parse import unquote

from local.gateway import Invoke
from local.http_connection import Service
from local.http_messages import Request, Response, json_response
from local.http_server import HttpServer
from local.pool import ConcurrencyError

_INVOCATIONS = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


def lambda_api(functions: Mapping[str, Invoke]) -> HttpServer:
    """The API for the length of a `with` block; its `url` is what a client takes as its endpoint.

    Args:
        functions: By name; looked up at each call, so that they may come later.
    """
    return HttpServer(Service(functools.partial(_respond, functions), _refuse))


def _respond(functions: Mapping[str, Invoke], request: Request) -> Response:
    match = _INVOCATIONS.fullmatch(unquote(request.path))
    if match is None or request.method != "POST":
        return _error(404, "UnknownOperationException", "No such operation here.")
    # A name, or an ARN, with an alias or without.
    name = re.sub(r"^arn:.*:function:", "", match[1]).partition(":")[0]
    invoke = functions.get(name)
    if invoke is None:
        return _error(404, "ResourceNotFoundException", f"Function not found: {name}")
    try:
        outcome = invoke(json.loads(request.body or b"{}"))
    except ConcurrencyError:
        return _error(429, "TooManyRequestsException", "Rate Exceeded.")
    failed = [("x-amz-function-error", "Unhandled")] if outcome.is_error else []
    return json_response(200, outcome.payload, failed)


def _error(status: int, kind: str, message: str) -> Response:
    return json_response(status, {"Message": message}, [("x-amzn-errortype", kind)])


def _refuse(status: int) -> Response:
    return _error(status, "InvalidRequestContentException", "The request cannot be read.")
