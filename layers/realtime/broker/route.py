"""Which endpoint was called, and which session profile: read from the path alone.

API Gateway has matched the route already (template.yaml), so one pattern is all that is left.
Powertools' resolver would do, but brings OpenAPI, GraphQL and asyncio along: a fifth of a
cold start.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from broker.contract import Kind
from broker.errors import CallerError, Rows

_PATH = re.compile(r"(?:/([^/]+))?/v1/realtime/(translations/)?client_secrets")


class Route(NamedTuple):
    """What a request asks for.

    Attributes:
        kind: Realtime and transcription sessions share one endpoint, translations have their own.
        profile_name: Of the session profile; `default` where the path names none.
    """

    kind: Kind
    profile_name: str


def route_of(event: Mapping[str, Any]) -> Route:
    """The route of an API Gateway v2 event.

    Raises:
        CallerError: 404; API Gateway should not have let it through.
    """
    method = event.get("requestContext", {}).get("http", {}).get("method")
    matched = _PATH.fullmatch(event.get("rawPath", ""))
    if matched is None or method != "POST":
        raise CallerError(Rows.PROFILE_NOT_FOUND, "There is no such endpoint.")
    profile_name, translations = matched.groups()
    return Route("translation" if translations else "realtime", profile_name or "default")
