"""The handler with neighbours in memory, fast enough for a thousand requests a second."""

import dataclasses
import importlib.util
import io
import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any
from unittest import mock

from broker import upstream
from local.lifeline import ROOT, clean_environment
from openai_realtime.client import Client
from openai_realtime.transport import Answer
from tests.faults import canaries
from tests.faults.variables import template_variables

KEY = json.dumps({"api_key": canaries.API_KEY, "organization": canaries.ORGANIZATION})
ISSUED = {"value": canaries.ISSUED, "expires_at": 1, "session": {"type": "realtime"}}
MINTED = Answer(200, {}, json.dumps(ISSUED).encode(), complete=True)
# Longer than any of these requests may take, and shorter than a fuzzer's patience.
TIMEOUT_S = 5.0


class Context:
    """Lambda's context."""

    function_name = "client-secrets"
    function_version = "1"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:client-secrets:live"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def __init__(self) -> None:
        self._ends_at = time.monotonic() + TIMEOUT_S

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left."""
        return int((self._ends_at - time.monotonic()) * 1000)


class Environment:
    """One execution environment.

    Attributes:
        upstream: OpenAI, where it is not a real one.
    """

    def __init__(self, *, base_url: str | None = None) -> None:
        """Import the handler.

        Args:
            base_url: A real OpenAI to ask; `upstream` answers where there is none.
        """
        variables = {
            **template_variables(),
            "OPENAI_BASE_URL": base_url or "https://api.openai.com/v1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        without_waits = dataclasses.replace(upstream.RETRIES, initial_delay_s=0.0)
        with (
            mock.patch.dict(os.environ, {**clean_environment(os.environ), **variables}, clear=True),
            mock.patch.object(upstream, "RETRIES", without_waits),
        ):
            self._app = _load_app()
        self._app.secrets.get = _secret
        # One client for both resources.
        client = self._app.resources["realtime"]._client
        self.upstream = Canned(client) if base_url is None else None
        for handler in self._app.logger.handlers:
            handler.setStream(_Stdout())

    def invoke(self, event: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """The answer, and what was logged and measured."""
        out = io.StringIO()
        with redirect_stdout(out):
            answer = self._app.lambda_handler(event, Context())
        return answer, out.getvalue()


class Canned:
    """In a client's transport's place: one answer to all requests, and nobody is asked.

    Attributes:
        answer: The answer.
    """

    def __init__(self, client: Client) -> None:
        self.answer = MINTED
        # Whatever else the client may call is missing here, and so noticed.
        client._transport = self  # type: ignore[assignment]  # no Transport, on purpose

    def request(self, *_: object, **__: object) -> Answer:
        """The answer."""
        return self.answer


class _Stdout(io.TextIOBase):
    """Whatever standard output is at the moment of writing."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


def _secret(name: str, **_: object) -> str:
    return canaries.PEPPER if "Pepper" in name else KEY


def _load_app() -> Any:
    path = ROOT / "functions" / "client_secrets" / "app.py"
    spec = importlib.util.spec_from_file_location("app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
