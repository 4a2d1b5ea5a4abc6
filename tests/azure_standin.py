"""A stand-in for Azure OpenAI's v1 API, which insists on Azure's rules.

The key comes in `api-key` and nothing in `authorization`; the path is `/openai/v1/…`, without a
deployment and without `api-version`; `session.model` names a deployment that exists.
"""

import json
from dataclasses import replace

from local.http_messages import Request, Response, json_response
from local.openai_standin import OpenAIStandIn

DEPLOYMENT = "voice-production"
PREFIX = "/openai/v1/"


class AzureStandIn(OpenAIStandIn):
    """One resource with one deployment; otherwise as OpenAI's stand-in."""

    @property
    def base_url(self) -> str:
        """What the operator gives as OpenAIBaseUrl."""
        return f"{self._server.url}/openai/v1"

    def _respond(self, request: Request) -> Response:
        refusal = _refused(request)
        as_openai = f"Bearer {request.header('api-key')}"
        # Recorded as it came; judged as OpenAI would have it.
        headers = request.headers
        if refusal is None:
            headers = [*request.headers, ("authorization", as_openai)]
        response = super()._respond(replace(request, headers=headers))
        return refusal or response


def _refused(request: Request) -> Response | None:
    if not request.path.startswith(PREFIX):
        return _error(404, "404", "Resource not found")
    if request.query:
        return _error(400, "BadRequest", "API version not supported")
    if request.header("authorization") is not None or request.header("api-key") is None:
        return _error(401, "401", "Access denied due to invalid subscription key.")
    session = json.loads(request.body or b"{}").get("session", {})
    if session.get("model") != DEPLOYMENT:
        return _error(404, "DeploymentNotFound", "The API deployment does not exist.")
    return None


def _error(status: int, code: str, message: str) -> Response:
    return json_response(status, {"error": {"code": code, "message": message}})
