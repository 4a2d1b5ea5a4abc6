"""CORS as an HTTP API manages it: it answers preflights and ignores the function's headers.

Source: "Configure CORS for HTTP APIs in Amazon API Gateway".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from local.http_messages import Headers, Request, Response

_HEADERS = "access-control-"


@dataclass(frozen=True, slots=True)
class Cors:
    """The API's CORS configuration.

    Attributes:
        origins: Exactly as browsers send them; `*` is any.
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age_s: int | None = None
    credentials: bool = False

    @classmethod
    def of(cls, configuration: Mapping[str, Any] | None) -> Self | None:
        """From `CorsConfiguration` of the API; None when it has none."""
        if not configuration:
            return None
        return cls(
            origins=tuple(configuration.get("AllowOrigins", ())),
            methods=tuple(configuration.get("AllowMethods", ())),
            headers=tuple(configuration.get("AllowHeaders", ())),
            exposed=tuple(configuration.get("ExposeHeaders", ())),
            max_age_s=configuration.get("MaxAge"),
            credentials=bool(configuration.get("AllowCredentials", False)),
        )

    def preflight(self, request: Request) -> Response | None:
        """The answer to a preflight, or None when the request is none."""
        asked = request.header("access-control-request-method")
        if request.method != "OPTIONS" or asked is None or request.header("origin") is None:
            return None
        allowed = self._allowed_origin(request)
        if allowed is None:
            return Response(204)
        headers: Headers = [*allowed, ("access-control-allow-methods", ",".join(self.methods))]
        if self.headers:
            headers.append(("access-control-allow-headers", ",".join(self.headers)))
        if self.max_age_s is not None:
            headers.append(("access-control-max-age", str(self.max_age_s)))
        return Response(204, headers=headers)

    def apply(self, request: Request, response: Response) -> Response:
        """The answer with the API's CORS headers in place of the function's."""
        headers = [each for each in response.headers if not each[0].startswith(_HEADERS)]
        headers += self._allowed_origin(request) or []
        if self.exposed and self._allowed_origin(request):
            headers.append(("access-control-expose-headers", ",".join(self.exposed)))
        return replace(response, headers=headers)

    def _allowed_origin(self, request: Request) -> Headers | None:
        origin = request.header("origin")
        if origin is None or not ("*" in self.origins or origin in self.origins):
            return None
        allowed = "*" if "*" in self.origins else origin
        headers: Headers = [("access-control-allow-origin", allowed)]
        if allowed != "*":
            headers.append(("vary", "origin"))
        if self.credentials:
            headers.append(("access-control-allow-credentials", "true"))
        return headers
