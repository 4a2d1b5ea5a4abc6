"""One execution environment in this process between neighbours that can be told to misbehave."""

import contextlib
import importlib.util
import io
import json
import logging
import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, Self
from unittest import mock

from local.lifeline import ROOT, clean_environment
from tests.faults import canaries, fake_aws
from tests.faults.variables import template_variables
from tests.integration.conftest import Answer, Context
from tests.raw_server import Peer, RawServer
from tests.replies import reply

API_KEY_SECRET = {
    "api_key": canaries.API_KEY,
    "organization": canaries.ORGANIZATION,
    "project": canaries.PROJECT,
}
MCP_TOOL = {
    "type": "mcp",
    "server_label": "crm",
    "server_url": "https://example.com/mcp",
    "authorization": canaries.MCP_AUTHORIZATION,
    "headers": {"x-api-key": canaries.MCP_HEADER},
}
SESSION = {
    "type": "realtime",
    "instructions": canaries.INSTRUCTIONS,
    "tools": [MCP_TOOL],
}
HEADERS = {
    "authorization": f"Bearer {canaries.ACCESS_TOKEN}",
    "cookie": f"session={canaries.COOKIE}",
    "content-type": "application/json",
}


@dataclass(frozen=True)
class Seen:
    """What came of one request.

    Attributes:
        answer: To the caller.
        own_log: The function's own records, and its metrics, line by line.
        whole_log: Everything that any library logged, at DEBUG.
        calls: What reached OpenAI's stand-in: requests, or connections that got no further.
    """

    answer: Answer
    own_log: tuple[Mapping[str, Any], ...]
    whole_log: str
    calls: int
    elapsed_s: float

    @property
    def records(self) -> list[Mapping[str, Any]]:
        """The function's records."""
        return [line for line in self.own_log if "level" in line]

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics."""
        named = [line["_aws"]["CloudWatchMetrics"] for line in self.own_log if "_aws" in line]
        return [each["Name"] for sets in named for one in sets for each in one["Metrics"]]


def minted(peer: Peer) -> bool:
    """OpenAI, healthy: the session comes back with all that it was sent."""
    assert peer.request is not None
    sent = peer.request.json.get("session", {})
    body = {"value": canaries.ISSUED, "expires_at": 1, "session": {"id": "sess_test", **sent}}
    return reply(200, body, {"X-Request-Id": "req_test", "X-Canary": canaries.OPENAI_HEADER})(peer)


class Scene:
    """The environment for the length of a `with` block; nothing is imported before it is used.

    Attributes:
        openai: Mints.
        secrets_manager: Knows the API key and the pepper.
        dynamodb: Counts, where a quota is set.
        variables: The function's.
        timeout_s: The function's time.
    """

    def __init__(self, *, timeout_s: float = 12.0) -> None:
        self.timeout_s = timeout_s
        self.cleanup = ExitStack()

    def __enter__(self) -> Self:
        self.values: dict[str, object] = {
            "OpenAIApiKey": json.dumps(API_KEY_SECRET),
            "SafetyPepper": canaries.PEPPER,
        }
        enter = self.cleanup.enter_context
        self.openai = enter(RawServer(minted))
        self.secrets_manager = enter(RawServer(fake_aws.secrets(self.values)))
        self.dynamodb = enter(RawServer(fake_aws.counts))
        self.variables = {
            **template_variables(),
            # Powertools keeps one logger for each service; so each environment is another one.
            "SERVICE_NAME": f"test-{uuid.uuid4().hex[:8]}",
            "OPENAI_BASE_URL": self.openai.base_url,
            "QUOTA_PER_MINUTE": "0",
            "QUOTA_PER_DAY": "0",
            "QUOTA_PER_STACK_PER_DAY": "0",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.secrets_manager.origin,
            "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb.origin,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "LOCALTEST",
            "AWS_SECRET_ACCESS_KEY": canaries.AWS_SECRET_ACCESS_KEY,
            "AWS_SESSION_TOKEN": canaries.AWS_SESSION_TOKEN,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return self

    def __exit__(self, *error: object) -> None:
        self.cleanup.close()

    def with_quota(self, failure_mode: str = "closed") -> None:
        """Count requests."""
        quota = {"QUOTA_PER_MINUTE": "10", "QUOTA_PER_DAY": "100", "QUOTA_PER_STACK_PER_DAY": "0"}
        self.variables |= {**quota, "QUOTA_FAILURE_MODE": failure_mode}

    def warm(self) -> None:
        """Mint once; the environment holds key, pepper and connections from here on."""
        assert self.invoke().answer.status == 200
        self.openai.requests.clear()

    def age_key(self, seconds: float) -> None:
        """Make the API key that the environment holds so much older."""
        api_key = self._app.api_key
        api_key._read_at = tuple(moment - seconds for moment in api_key._read_at)

    def invoke(self) -> Seen:
        """One request, with everything logged at DEBUG."""
        event = json.loads((ROOT / "events" / "realtime.json").read_text())
        event |= {"headers": HEADERS, "body": json.dumps({"session": SESSION})}
        context = Context(timeout_s=self.timeout_s)
        connections = self.openai.connections
        out = io.StringIO()
        environment = {**clean_environment(os.environ), **self.variables}
        with (
            mock.patch.dict(os.environ, environment, clear=True),
            _everything_logged() as whole_log,
            redirect_stdout(_Tee(out, whole_log)),
        ):
            handler = self._app.lambda_handler
            context.started_at = started = time.monotonic()
            answer = handler(event, context)
            elapsed_s = time.monotonic() - started
        return Seen(
            Answer(answer["statusCode"], answer["headers"], answer["body"]),
            tuple(map(json.loads, out.getvalue().splitlines())),
            whole_log.getvalue(),
            len(self.openai.requests) or self.openai.connections - connections,
            elapsed_s,
        )

    @cached_property
    def _app(self) -> ModuleType:
        path = ROOT / "functions" / "client_secrets" / "app.py"
        spec = importlib.util.spec_from_file_location("app", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        # The logger keeps the output it finds when it is made; each request has one of its own.
        for handler in module.logger.handlers:
            handler.setStream(_Stdout())
        return module


class _Tee(io.TextIOBase):
    """Writes to both."""

    def __init__(self, one: io.StringIO, other: io.StringIO) -> None:
        self._both = (one, other)

    def write(self, text: str) -> int:
        for each in self._both:
            each.write(text)
        return len(text)


class _Stdout(io.TextIOBase):
    """Whatever standard output is at the moment of writing."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@contextlib.contextmanager
def _everything_logged() -> Iterator[io.StringIO]:
    """A handler on the root logger, as Lambda's runtime has one, and DEBUG for everybody."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    level = logging.root.level
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        logging.root.setLevel(level)
        logging.root.removeHandler(handler)
