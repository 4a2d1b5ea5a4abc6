"""What each kind of caller gets from each shipped profile, and what becomes of MCP credentials."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker.profile_files import read_profiles
from broker.session_policy import SessionPolicy
from local.openai_standin import Answer as Scripted
from local.openai_standin import openai_error
from tests.integration.conftest import Answer, Stack, event

CALLERS = {
    "nobody": "no-caller",
    "a user": "jwt-caller",
    "a user with the scope": "jwt-caller",
    "a machine": "jwt-caller",
    "an IAM user": "iam-caller",
    "a Cognito identity": "cognito-identity-caller",
}
TRANSLATION: Any = {"session": {"model": "gpt-realtime-translate"}}
TRANSCRIPTION: Any = {"session": {"type": "transcription"}}
REALTIME: Any = {"session": {"type": "realtime"}}


def as_caller(kind: str) -> dict[str, Any]:
    made = event(CALLERS[kind])
    authorizer = made["requestContext"].get("authorizer") or {}
    if kind == "a user with the scope":
        authorizer["jwt"]["claims"]["scope"] += " support-agent"
    if kind == "a machine":
        claims = authorizer["jwt"]["claims"]
        claims["client_id"] = claims.pop("sub")
    return made


def ask(
    stack: Stack, profile: str, body: object = None, *, caller: str = "an IAM user", path: str = ""
) -> Answer:
    raw_path = path or f"/{profile}/v1/realtime/client_secrets"
    raw_body = None if body is None else json.dumps(body)
    return stack.invoke({**as_caller(caller), "rawPath": raw_path, "body": raw_body})


def outcome(answer: Answer) -> Any:
    return answer.json["session"]["type"] if answer.status == 200 else answer.error["code"]


EVERYBODY = {
    "a user": "realtime",
    "a user with the scope": "realtime",
    "a machine": "realtime",
    "an IAM user": "realtime",
    "a Cognito identity": "realtime",
    "nobody": "unauthenticated",
}
WITH_THE_SCOPE = {
    **EVERYBODY,
    "a user": "not_allowed_by_policy",
    "a machine": "not_allowed_by_policy",
}
WHO_GETS_WHAT = {
    "default": EVERYBODY,
    "locked-down": EVERYBODY,
    "support-agent": WITH_THE_SCOPE,
    "transcribe-only": {
        caller: got.replace("realtime", "transcription") for caller, got in EVERYBODY.items()
    },
    "nobodys": dict.fromkeys(EVERYBODY, "profile_not_found") | {"nobody": "unauthenticated"},
}


@pytest.mark.parametrize("profile", WHO_GETS_WHAT)
def test_who_gets_what_from_a_profile(stack: Stack, profile: str) -> None:
    got = {caller: outcome(ask(stack, profile, {}, caller=caller)) for caller in CALLERS}

    assert got == WHO_GETS_WHAT[profile]


def test_every_shipped_profile_is_asked_for() -> None:
    assert {*WHO_GETS_WHAT} == {*read_profiles(), "nobodys"}


KINDS = {
    "default": {"realtime": 200, "transcription": 200, "translation": 200},
    "locked-down": {"realtime": 200, "transcription": 403, "translation": 403},
    "support-agent": {"realtime": 200, "transcription": 403, "translation": 403},
    "transcribe-only": {"realtime": 403, "transcription": 200, "translation": 403},
}


@pytest.mark.parametrize("profile", KINDS)
def test_which_kinds_of_session_a_profile_makes(stack: Stack, profile: str) -> None:
    translations = f"/{profile}/v1/realtime/translations/client_secrets"

    got = {
        "realtime": ask(stack, profile, REALTIME).status,
        "transcription": ask(stack, profile, TRANSCRIPTION).status,
        "translation": ask(stack, profile, TRANSLATION, path=translations).status,
    }

    assert got == KINDS[profile]


def test_the_default_profile_has_a_path_of_its_own_too(stack: Stack) -> None:
    assert ask(stack, "default", REALTIME).status == 200
    assert ask(stack, "", REALTIME, path="/v1/realtime/client_secrets").status == 200


@pytest.mark.parametrize("body", [None, {}, {"session": None}], ids=str)
def test_locked_down_is_the_operators_session_for_an_empty_body(stack: Stack, body: Any) -> None:
    answer = ask(stack, "locked-down", body)

    locked = read_profiles()["locked-down"].locked["session"]
    [request] = stack.openai.requests
    assert answer.status == 200
    assert request.json == {
        "session": locked,
        "expires_after": {"anchor": "created_at", "seconds": 60},
    }


@pytest.mark.parametrize(
    ("profile", "body", "param"),
    [
        ("locked-down", {"session": {"instructions": "Be rude."}}, "session.instructions"),
        ("locked-down", {"session": {"model": "gpt-realtime-2.1"}}, "session.model"),
        (
            "locked-down",
            {"session": {"tools": [{"type": "function", "name": "f"}]}},
            "session.tools",
        ),
        ("locked-down", {"session": {"tracing": "auto"}}, "session.tracing"),
        (
            "locked-down",
            {"session": {"audio": {"output": {"voice": "ash"}}}},
            "session.audio.output.voice",
        ),
        (
            "locked-down",
            {"session": {"audio": {"output": {"speed": 1.5}}}},
            "session.audio.output.speed",
        ),
        ("locked-down", {"expires_after": {"seconds": 61}}, "expires_after.seconds"),
        ("locked-down", {"expires_after": {"seconds": 30}}, "expires_after.seconds"),
        ("locked-down", {"session": {"prompt": {"id": "pmpt_1"}}}, "session.prompt.id"),
        ("support-agent", {"session": {"instructions": ""}}, "session.instructions"),
        ("support-agent", {"session": {"tools": []}}, "session.tools"),
        ("support-agent", {"session": {"max_output_tokens": "inf"}}, "session.max_output_tokens"),
        ("support-agent", {"expires_after": {"seconds": 301}}, "expires_after.seconds"),
        (
            "transcribe-only",
            {"session": {"type": "transcription", "audio": {"input": {"transcription": None}}}},
            "session.audio.input.transcription.model",
        ),
        (
            "transcribe-only",
            {"session": {"audio": {"input": {"transcription": {"model": "whisper-1"}}}}},
            "session.audio.input.transcription.model",
        ),
        ("transcribe-only", {"session": {"type": "realtime"}}, "session.type"),
    ],
    ids=str,
)
def test_what_a_shipped_profile_forbids_is_403_with_the_path(
    stack: Stack, profile: str, body: Any, param: str
) -> None:
    answer = ask(stack, profile, body)

    assert (answer.status, answer.error["code"]) == (403, "not_allowed_by_policy")
    assert answer.error["param"] == param
    assert profile in answer.error["message"]
    assert "x-should-retry" not in answer.headers
    assert stack.openai.requests == []


def test_what_is_locked_may_be_sent_and_what_is_open_may_be_chosen(stack: Stack) -> None:
    answer = ask(
        stack,
        "support-agent",
        {
            "session": {
                "type": "realtime",
                "model": "gpt-realtime-2.1",
                "audio": {"output": {"voice": "sage"}},
                "tool_choice": {"type": "function", "name": "look_up_order"},
            },
            "expires_after": {"seconds": 120},
        },
    )

    sent = stack.openai.requests[0].json
    assert answer.status == 200
    assert sent["session"]["audio"]["output"] == {"voice": "sage"}
    assert sent["session"]["audio"]["input"]["noise_reduction"] == {"type": "near_field"}
    assert sent["session"]["max_output_tokens"] == 2048
    assert sent["expires_after"] == {"seconds": 120}
    assert [tool["name"] for tool in sent["session"]["tools"]] == [
        "look_up_order",
        "pass_on_to_a_person",
    ]


def test_the_ledger_names_the_profile_and_not_what_it_says(stack: Stack) -> None:
    ask(stack, "support-agent", {})
    ask(stack, "support-agent", {"session": {"tools": []}})

    logs = stack.read_logs()
    records = [json.loads(line) for line in logs.splitlines() if line.startswith("{")]
    [issued] = [each for each in records if each.get("message") == "client_secret_issued"]
    [refused] = [each for each in records if each.get("message") == "request_refused"]
    assert {"profile", "caller", "session_type", "model", "ttl_s", "session_id"} <= issued.keys()
    assert (issued["profile"], issued["ttl_s"], issued["model"]) == (
        "support-agent",
        60,
        "gpt-realtime-2.1",
    )
    assert issued["upstream_request_id"].startswith("req_")
    assert issued["request_id"] == event("iam-caller")["requestContext"]["requestId"]
    assert (refused["profile"], refused["param"], refused["code"]) == (
        "support-agent",
        "session.tools",
        "not_allowed_by_policy",
    )
    assert refused["caller"] == issued["caller"]
    assert "customers with their orders" not in logs
    assert "ek_" not in logs


# ---- MCP credentials ----------------------------------------------------------------------------

TOKEN, HEADER = 'canary-"mcp"-tökén-1', "Bearer canary-mcp-header-2"
TOOL = {
    "type": "mcp",
    "server_label": "crm",
    "server_url": "https://mcp.example.com",
    "authorization": {"secret": "crm/token"},
    "headers": {"x-api-key": {"secret": "crm-header"}},
}


@pytest.fixture(params=["locked", "defaults"])
def agent(
    start: Callable[..., Stack],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Callable[..., Stack]:
    """A stack with a profile `agent`, whose MCP server has credentials of these values."""

    def made(**secrets: str) -> Stack:
        stack = start()
        content = {
            "description": "x",
            request.param: {"session": {"type": "realtime", "tools": [TOOL]}},
        }
        (tmp_path / "default.json").write_text('{"description": "x"}')
        (tmp_path / "agent.json").write_text(json.dumps(content))
        prefix = stack.app.settings.mcp_secrets_prefix
        for name, value in {"crm/token": TOKEN, "crm-header": HEADER, **secrets}.items():
            stack.aws.put_secret(f"{prefix}{name}", value)
        policy = SessionPolicy(read_profiles(tmp_path).values(), unknown_fields="reject")
        monkeypatch.setattr(stack.app, "session_policy", policy)
        return stack

    return made


def test_a_credential_reaches_openai_and_no_answer_or_log(agent: Callable[..., Stack]) -> None:
    stack = agent()
    stack.openai.mcp_credentials = "echoed"

    answer = ask(stack, "agent", {})

    [tool] = stack.openai.requests[0].json["session"]["tools"]
    assert (tool["authorization"], tool["headers"]) == (TOKEN, {"x-api-key": HEADER})
    assert answer.status == 200
    assert_hidden(answer.body, stack.read_logs())
    assert answer.json["value"].startswith("ek_")


def test_a_credential_that_openai_repeats_elsewhere_is_hidden_there(
    agent: Callable[..., Stack],
) -> None:
    stack = agent()
    said = {"value": "ek_test", "expires_at": 1, "note": f"{TOKEN}!", "session": {TOKEN: [HEADER]}}
    stack.openai.script(Scripted(200, said))

    answer = ask(stack, "agent", {})

    assert answer.json["session"] == {"<redacted>": ["<redacted>"]}
    assert_hidden(answer.body, stack.read_logs())


@pytest.mark.parametrize("status", [400, 403, 409, 429, 500])
def test_a_credential_that_openai_repeats_in_an_error_is_hidden_there(
    agent: Callable[..., Stack], status: int
) -> None:
    stack = agent()
    message = f"The MCP server refused '{TOKEN}' and 'canary-mcp-header-2'."
    error = openai_error(message, code="invalid_value", param=f"session.tools[0].{TOKEN}")
    stack.openai.script(*[Scripted(status, error)] * 2)

    answer = ask(stack, "agent", {})

    assert answer.status >= 400
    assert_hidden(answer.body, stack.read_logs())


@pytest.mark.parametrize("value", ["", "short"], ids=["empty", "too short to be hidden"])
def test_a_credential_that_is_none_is_the_operators_to_mend(
    agent: Callable[..., Stack], value: str
) -> None:
    stack = agent(**{"crm-header": value or " "})

    answer = ask(stack, "agent", {})

    assert (answer.status, answer.error["code"]) == (503, "api_key_unavailable")
    assert answer.headers["x-should-retry"] == "false"
    assert stack.openai.requests == []
    logs = stack.read_logs()
    assert "The MCP credential crm-header" in logs
    assert_hidden(answer.body, logs)


def test_a_credential_is_looked_up_once_while_it_is_young(agent: Callable[..., Stack]) -> None:
    stack = agent()
    ask(stack, "agent", {})
    stack.aws.put_secret(f"{stack.app.settings.mcp_secrets_prefix}crm/token", "canary-newer-value")

    ask(stack, "agent", {})

    sent = [each.json["session"]["tools"][0]["authorization"] for each in stack.openai.requests]
    assert sent == [TOKEN, TOKEN]


def assert_hidden(*texts: str) -> None:
    for text in texts:
        for part in ("canary", "tökén", "t\\u00f6k"):
            assert part not in text
