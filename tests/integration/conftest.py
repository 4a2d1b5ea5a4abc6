"""The handler in this process, between moto and a stand-in OpenAI, all on real sockets."""

import importlib.util
import json
import signal
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.aws import LocalAws
from local.openai_standin import OpenAIStandIn
from tests.integration import aws_calls, operators
from tests.integration.run import Run

ROOT = Path(__file__).parents[2]
API_KEY = "sk-test-canary-0123456789abcdef"
PEPPER = "canary-test-pepper-" + "0" * 45
WITHOUT_QUOTA = {"QUOTA_PER_MINUTE": "0", "QUOTA_PER_DAY": "0", "QUOTA_PER_STACK_PER_DAY": "0"}


@dataclass
class Context:
    """Lambda's context, with a clock that runs."""

    timeout_s: float = 12.0
    function_name: str = "client-secrets"
    function_version: str = "1"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:client-secrets:live"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started_at: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return int((self.timeout_s - (time.monotonic() - self.started_at)) * 1000)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


@dataclass
class Stack:
    """One execution environment with its neighbours."""

    aws: LocalAws
    openai: OpenAIStandIn
    read_logs: Callable[[], str]
    secret_id: str

    @cached_property
    def app(self) -> ModuleType:
        """The handler's module, loaded late: its logger takes the standard output it finds."""
        return _load_app()

    def invoke(self, event: Mapping[str, Any], *, timeout_s: float = 12.0) -> Answer:
        app = self.app
        with aws_calls.recorded():
            answer = app.lambda_handler(event, Context(timeout_s=timeout_s))
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def post(self, body: object = None, **changes: Any) -> Answer:
        """POST *body*: a str as it is, anything else as JSON, None for no body at all."""
        raw_body = body if body is None or isinstance(body, str) else json.dumps(body)
        return self.invoke({**event("realtime"), "body": raw_body, **changes})


def event(name: str) -> dict[str, Any]:
    """An event of `events/`."""
    loaded: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return loaded


def pytest_configure() -> None:
    aws_calls.begin()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Judge the policies last, by what all other tests have had the function ask of AWS."""
    items.sort(key=lambda item: item.path.name == "test_policies.py")


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    with LocalAws() as local_aws:
        yield local_aws


@pytest.fixture
def openai() -> Iterator[OpenAIStandIn]:
    with OpenAIStandIn() as standin:
        yield standin


@pytest.fixture
def start(
    aws: LocalAws,
    openai: OpenAIStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Stack]:
    """Start an execution environment: `start(secret="…", OPENAI_BASE_URL="…")`; None: no value.

    Without `QUOTA_…` nothing is limited, and there is no table.
    """

    def start(secret: str | None = API_KEY, **variables: str) -> Stack:
        service = f"test-{uuid.uuid4().hex[:8]}"
        secret_id = aws.put_secret(f"{service}/openai-api-key", secret)
        environment = {
            **aws.environment(),
            "SERVICE_NAME": service,
            "OPENAI_API_KEY_SECRET_ID": secret_id,
            "OPENAI_BASE_URL": openai.base_url,
            "OPENAI_AUTH_HEADER": "auto",
            "UNKNOWN_FIELDS": "reject",
            "SAFETY_PEPPER_SECRET_ID": aws.put_secret(f"{service}/pepper", PEPPER),
            "MCP_SECRETS_PREFIX": f"{service}/mcp/",
            "QUOTA_TABLE_NAME": f"{service}-quota",
            **WITHOUT_QUOTA,
            "QUOTA_FAILURE_MODE": "closed",
            **variables,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Stack(aws, openai, lambda: capsys.readouterr().out, secret_id)

    return start


@pytest.fixture
def stack(start: Callable[..., Stack]) -> Stack:
    return start()


@pytest.fixture
def nothing(aws: LocalAws, openai: OpenAIStandIn, tmp_path: Path) -> operators.Operator:
    """An operator's shell; nothing is deployed."""
    return operators.shell(aws, openai, tmp_path)


@pytest.fixture
def operator(nothing: operators.Operator, aws: LocalAws) -> Iterator[operators.Operator]:
    """The same with a stack that mints."""
    with operators.deployed(aws, operators.NAME, operators.minting(aws, nothing.endpoint)):
        yield nothing


def _load_app() -> ModuleType:
    """A fresh copy of the handler, as a new execution environment would import it."""
    path = ROOT / "functions" / "client_secrets" / "app.py"
    spec = importlib.util.spec_from_file_location("app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    runs: list[Run] = []
    yield runs
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGKILL)


@pytest.fixture
def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
