"""Stacks of `make run` for the SDK suites: one that works, and one for each lasting fault."""

import copy
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import urllib3

from local.issuer import Issuer
from local.openai_standin import Answer, OpenAIStandIn, openai_error
from local.stack import LocalStack
from local.template import read_template
from tests.contract.error_rows import ErrorRow

FUNCTION = "ClientSecretsFunction"
PAGE = "https://app.example.com"
# More than any SDK asks for, so that the answer is the same each time.
EVERY_TIME = 12
# Callers have access tokens, as in deployment; throttle and quota are rows of their own.
SHELL = {
    "AUTH_MODE": "JWT",
    "THROTTLE_RATE": "1000",
    "THROTTLE_BURST": "1000",
    "QUOTA_PER_MINUTE": "0",
    "QUOTA_PER_DAY": "0",
    "QUOTA_PER_STACK_PER_DAY": "0",
}


def _signed(issuer: Issuer, **changes: Any) -> str:
    claims = {**issuer.claims(), **changes}
    return issuer.key.sign({name: value for name, value in claims.items() if value is not None})


TOKENS: Mapping[str, Callable[[Issuer], str]] = {
    "valid": lambda issuer: issuer.access_token(),
    "expired": lambda issuer: _signed(issuer, exp=int(time.time()) - 1),
    "without_scope": lambda issuer: _signed(issuer, scope="openid"),
    "without_subject": lambda issuer: _signed(issuer, sub=None),
    # Identity providers put group names in; API Gateway takes 10,240 bytes of headers.
    "too_long": lambda issuer: _signed(issuer, groups=[f"group-{n:05}" for n in range(900)]),
}


def _nobody() -> str:
    """The URL of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return f"http://127.0.0.1:{closed.getsockname()[1]}"


def _with(**variables: Callable[[], str]) -> Callable[[dict[str, Any]], None]:
    def change(function: dict[str, Any]) -> None:
        made = {name: value() for name, value in variables.items()}
        function["Environment"]["Variables"] |= made

    return change


@dataclass(frozen=True)
class Kind:
    """How a stack differs: variables for `make run`, and changes to its function and its stage.

    With `mints_first`, its caller has had a client secret before the first row is tried.
    """

    shell: Callable[[], Mapping[str, str]] = dict
    function: Callable[[dict[str, Any]], None] = lambda _: None
    stage: Mapping[str, Any] = field(default_factory=dict)
    mints_first: bool = False


STACKS: Mapping[str, Kind] = {
    "plain": Kind(),
    "for_a_page": Kind(shell=lambda: {"ALLOWED_ORIGINS": PAGE}),
    "without_key": Kind(function=_with(OPENAI_API_KEY_SECRET_ID=lambda: "absent")),
    "without_secrets_manager": Kind(function=_with(AWS_ENDPOINT_URL_SECRETS_MANAGER=_nobody)),
    "without_openai": Kind(shell=lambda: {"OPENAI_BASE_URL": f"{_nobody()}/v1"}),
    "in_a_hurry": Kind(function=lambda it: it.update(Timeout=2)),
    "with_a_bug": Kind(function=lambda it: it.update(CodeUri="tests/contract/faulty")),
    "with_a_quota_of_one_a_day": Kind(shell=lambda: {"QUOTA_PER_DAY": "1"}, mints_first=True),
    "with_a_quota_of_one_a_minute": Kind(
        shell=lambda: {"QUOTA_PER_MINUTE": "1"},
        function=lambda it: it.update(CodeUri="tests/contract/late_in_the_minute"),
        mints_first=True,
    ),
    "without_quota_table": Kind(
        shell=lambda: {"QUOTA_PER_DAY": "1"}, function=_with(AWS_ENDPOINT_URL_DYNAMODB=_nobody)
    ),
    "without_capacity": Kind(shell=lambda: {"RESERVED_CONCURRENCY": "0"}),
    "throttled": Kind(stage={"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 0}),
}


@dataclass(frozen=True)
class Provoked:
    """What an SDK is given: its two options, and a body."""

    base_url: str
    api_key: str
    body: Any


class SdkStacks:
    """The stacks for the length of a `with` block; each starts when it is first asked for."""

    def __init__(self) -> None:
        self._exits = ExitStack()
        self._stacks: dict[str, LocalStack] = {}
        self._current: LocalStack | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exits.close()

    def provoke(self, row: ErrorRow) -> Provoked:
        """Make the row's fault happen from now on, and count from zero."""
        stack = self._stack(row.stack)
        stack.gateway.handled.clear()
        stack.gateway.unread.clear()
        if stack.standin is not None:
            stack.standin.forget()
            if row.upstream is not None:
                stack.standin.script(*[_scripted(row.upstream)] * EVERY_TIME)
        self._current = stack
        url = stack.gateway.url + row.base_path
        return Provoked(url, self.token(row.token, row.stack), row.body)

    def token(self, name: str = "valid", stack: str = "plain") -> str:
        """An access token for a stack, made the named way."""
        issuer = self._stack(stack).issuer
        assert issuer is not None
        return TOKENS[name](issuer)

    def counts(self) -> tuple[int, int]:
        """How many requests the gateway, and OpenAI, have had since `provoke`."""
        assert self._current is not None
        gateway, standin = self._current.gateway, self._current.standin
        seen = len(gateway.handled) + len(gateway.unread)
        return seen, len(standin.requests) if standin else 0

    def sent_bodies(self) -> list[Any]:
        """The bodies that OpenAI has had since `provoke`."""
        assert self._current is not None
        standin = self._current.standin
        return [request.json for request in standin.requests] if standin else []

    @property
    def plain(self) -> LocalStack:
        """The one that works."""
        return self._stack("plain")

    @property
    def openai(self) -> OpenAIStandIn:
        """OpenAI's stand-in behind the one that works."""
        standin = self.plain.standin
        assert standin is not None
        return standin

    def _stack(self, name: str) -> LocalStack:
        if name not in self._stacks:
            stack = self._exits.enter_context(_start(STACKS[name]))
            self._stacks[name] = stack
            if STACKS[name].mints_first:
                _mint(stack, self.token(stack=name))
        return self._stacks[name]


def _start(kind: Kind) -> LocalStack:
    template = copy.deepcopy(read_template())
    resources = template["Resources"]
    kind.function(resources[FUNCTION]["Properties"])
    resources["HttpApiStage"]["Properties"]["DefaultRouteSettings"] |= kind.stage
    return LocalStack.from_shell({**SHELL, **kind.shell()}, log=lambda _: None, template=template)


def _mint(stack: LocalStack, access_token: str) -> None:
    url = f"{stack.gateway.url}/v1/realtime/client_secrets"
    headers = {"authorization": f"Bearer {access_token}"}
    assert urllib3.request("POST", url, headers=headers).status == 200


def _scripted(upstream: Mapping[str, Any]) -> Answer:
    error = upstream.get("error")
    body = {} if error is None else openai_error("OpenAI's own words.", **error)
    raw = upstream.get("raw")
    return Answer(
        upstream.get("status", 200),
        body if raw is None else raw.encode(),
        upstream.get("headers", {}),
        upstream.get("delay_s", 0.0),
    )
