"""The HTTP API's routes, and which of them a request takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from local.template import Template


@dataclass(frozen=True)
class Route:
    """A route of the HTTP API.

    Attributes:
        key: Such as `POST /{profile}/v1/realtime/client_secrets`.
        function: Logical id of the function behind it.
        authorization: `AWS_IAM`, `JWT` or `NONE`.
        scopes: A token must have one of them; empty asks for none.
        timeout_s: How long the integration may take.
    """

    key: str
    function: str
    authorization: str = "AWS_IAM"
    scopes: tuple[str, ...] = ()
    timeout_s: float = 29.0

    @property
    def method(self) -> str:
        """`ANY` takes every method."""
        return self.key.partition(" ")[0]

    @property
    def segments(self) -> list[str]:
        """The path between its slashes."""
        return self.key.partition(" ")[2].split("/")[1:]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches a decoded path; its groups are the path parameters."""
        parts = []
        for segment in self.segments:
            if variable := re.fullmatch(r"\{(\w+)(\+?)\}", segment):
                parts.append(f"(?P<{variable[1]}>{'.+' if variable[2] else '[^/]+'})")
            else:
                parts.append(re.escape(segment))
        return re.compile("/" + "/".join(parts))


def routes_of(template: Template) -> list[Route]:
    """The routes that the template makes."""
    integrations = template.resources("AWS::ApiGatewayV2::Integration")
    functions = template.resources("AWS::Serverless::Function")
    routes = []
    for properties in template.resources("AWS::ApiGatewayV2::Route").values():
        integration = integrations[properties["Target"].rpartition("/")[2]]
        routes.append(
            Route(
                key=properties["RouteKey"],
                function=_function_in(integration["IntegrationUri"], functions),
                authorization=properties.get("AuthorizationType", "NONE"),
                scopes=tuple(properties.get("AuthorizationScopes", ())),
                timeout_s=integration.get("TimeoutInMillis", 30000) / 1000,
            )
        )
    return routes


def match(
    routes: Sequence[Route], method: str, path: str
) -> tuple[Route, Mapping[str, str]] | None:
    """The most specific route for the request and its path parameters, or None.

    API Gateway matches the decoded path; a full match wins over a variable, a variable over a
    greedy one, and a method of its own over `ANY`.
    """
    decoded = unquote(path)
    found = [
        (route, matched.groupdict())
        for route in routes
        if route.method in (method, "ANY") and (matched := route.pattern.fullmatch(decoded))
    ]
    return min(found, key=lambda each: _specificity(each[0]), default=None)


def _specificity(route: Route) -> tuple[bool, list[int], bool]:
    ranks = [2 if "+}" in part else 1 if "{" in part else 0 for part in route.segments]
    return (any(rank == 2 for rank in ranks), ranks, route.method == "ANY")


def _function_in(integration_uri: str, functions: Mapping[str, Any]) -> str:
    words = re.split(r"[^A-Za-z0-9]+", integration_uri)
    return next(word for word in words if word in functions)
