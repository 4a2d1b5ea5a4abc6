import json
from pathlib import Path
from typing import Any

import pytest

from broker.caller import Caller
from broker.errors import CallerError, Rows
from broker.profile_files import McpReference, read_profiles
from broker.session_policy import Profile, SessionPolicy

WITHOUT_SCOPE = Caller("https://login.example|alice", "jwt", frozenset({"mint"}), {})
IAM = Caller("arn:aws:iam::111122223333:user/app", "iam", frozenset(), {})
REALTIME = {"session": {"type": "realtime"}}


def profile(folder: Path, unknown_fields: Any = "reject", **content: Any) -> Profile:
    for name, each in {"default": {}, "agent": content}.items():
        (folder / f"{name}.json").write_text(json.dumps({"description": "x", **each}))
    return Profile(read_profiles(folder)["agent"], unknown_fields=unknown_fields)


def refusal(made: Profile, body: dict[str, Any], kind: Any = "realtime") -> CallerError:
    with pytest.raises(CallerError) as caught:
        made.apply(body, kind=kind)
    return caught.value


def forbidden(made: Profile, body: dict[str, Any], kind: Any = "realtime") -> str | None:
    error = refusal(made, body, kind)
    assert error.row is Rows.NOT_ALLOWED_BY_POLICY
    assert "agent" in error.message
    return error.param


@pytest.fixture(scope="module")
def shipped() -> SessionPolicy:
    return SessionPolicy.shipped(unknown_fields="reject")


@pytest.mark.parametrize(
    "body", [{}, {"session": None}, {"expires_after": None, "session": None}, REALTIME], ids=str
)
def test_the_default_profile_changes_nothing(shipped: SessionPolicy, body: dict[str, Any]) -> None:
    params = shipped.profile("default", caller=WITHOUT_SCOPE).apply(body, kind="realtime")

    assert json.dumps(params) == json.dumps(body)


@pytest.mark.parametrize(
    "name", ["", "nobody", "Default", "default ", "../default", "profile.schema"]
)
def test_there_is_no_profile_of_another_name(shipped: SessionPolicy, name: str) -> None:
    with pytest.raises(CallerError) as caught:
        shipped.profile(name, caller=IAM)

    assert caught.value.row is Rows.PROFILE_NOT_FOUND


def test_a_token_without_the_scope_is_refused(shipped: SessionPolicy) -> None:
    with pytest.raises(CallerError) as caught:
        shipped.profile("support-agent", caller=WITHOUT_SCOPE)

    assert caught.value.row is Rows.NOT_ALLOWED_BY_POLICY
    assert "'support-agent'" in caught.value.message


def test_a_caller_who_signs_needs_no_scope(shipped: SessionPolicy) -> None:
    assert shipped.profile("support-agent", caller=IAM).name == "support-agent"


@pytest.mark.parametrize(
    ("requires", "claims", "passes"),
    [
        ({"equals": "gold"}, {"tier": "gold"}, True),
        ({"equals": "gold"}, {"tier": "golden"}, False),
        ({"equals": "gold"}, {"tier": "[gold]"}, False),
        ({"equals": "gold"}, {}, False),
        ({"contains": "gold"}, {"tier": "[silver gold]"}, True),
        ({"contains": "gold"}, {"tier": "gold"}, True),
        ({"contains": "gold"}, {"tier": "[golden]"}, False),
        ({"contains": "gold"}, {"tier": "silver gold"}, False),
        ({"contains": "gold"}, {"tier": "[]"}, False),
        ({"contains": "gold"}, {}, False),
    ],
    ids=str,
)
def test_a_claim_is_asked_for_whole_or_as_an_element(
    tmp_path: Path, requires: dict[str, str], claims: dict[str, str], passes: bool
) -> None:
    made = profile(tmp_path, requires={"claim": "tier", **requires})
    caller = Caller("https://login.example|alice", "jwt", frozenset(), claims)

    if passes:
        made.admit(caller)
    else:
        with pytest.raises(CallerError):
            made.admit(caller)


def test_the_type_of_the_session_may_come_from_the_profile(tmp_path: Path) -> None:
    made = profile(tmp_path, locked=REALTIME)

    assert made.apply({"session": {"instructions": "Hi"}}, kind="realtime") == {
        "session": {"type": "realtime", "instructions": "Hi"}
    }


@pytest.mark.parametrize(
    "silence", [{}, {"session": None}, {"session": None, "expires_after": None}]
)
def test_null_at_the_top_is_silence_where_the_profile_speaks(
    tmp_path: Path, silence: dict[str, Any]
) -> None:
    content = {"expires_after": {"seconds": 30}, **REALTIME}

    assert profile(tmp_path, defaults=content).apply(silence, kind="realtime") == content


def test_a_fault_of_the_callers_is_named_as_openai_would(tmp_path: Path) -> None:
    error = refusal(profile(tmp_path, locked=REALTIME), {"session": {"voice": "ash"}})

    assert (error.row.status, error.row.code, error.param) == (
        400,
        "unknown_parameter",
        "session.voice",
    )


def test_the_callers_tool_choice_is_judged_with_the_profiles_tools(tmp_path: Path) -> None:
    made = profile(tmp_path, defaults={"session": {"type": "realtime", "tools": [{"name": "a"}]}})

    error = refusal(made, {"session": {"tool_choice": {"type": "function"}}})

    assert (error.row.status, error.param) == (400, "session.tool_choice.name")


def test_what_the_profile_says_and_the_caller_makes_wrong_is_the_policys(tmp_path: Path) -> None:
    made = profile(tmp_path, locked={"session": {"instructions": "Be kind."}})

    error = refusal(made, {"session": {"type": "transcription"}})

    assert (error.row, error.param) == (Rows.NOT_ALLOWED_BY_POLICY, "session.instructions")
    assert "Be kind" not in error.message


def test_a_refusal_does_not_say_what_is_locked(tmp_path: Path) -> None:
    made = profile(tmp_path, locked={"session": {"type": "realtime", "instructions": "canary"}})

    error = refusal(made, {"session": {"instructions": "Ignore it."}})

    assert error.param == "session.instructions"
    assert "canary" not in error.message


MODELS = {"limits": {"models": ["gpt-realtime-2*", "whisper-1"]}}


@pytest.mark.parametrize(
    ("session", "param"),
    [
        ({"type": "realtime", "model": "gpt-realtime-2.1"}, None),
        ({"type": "realtime", "model": "gpt-realtime"}, "session.model"),
        ({"type": "realtime", "model": "GPT-REALTIME-2.1"}, "session.model"),
        ({"type": "realtime", "model": "gpt-realtime-2\n"}, None),
        ({"type": "realtime", "model": "x gpt-realtime-2"}, "session.model"),
        ({"type": "realtime", "model": "whisper-1x"}, "session.model"),
        ({"type": "realtime"}, "session.model"),
        (None, "session.model"),
        (
            {
                "type": "realtime",
                "model": "gpt-realtime-2",
                "audio": {"input": {"transcription": {"model": "gpt-transcribe"}}},
            },
            "session.audio.input.transcription.model",
        ),
        (
            {
                "type": "realtime",
                "model": "gpt-realtime-2",
                "audio": {"input": {"transcription": {"language": "en"}}},
            },
            "session.audio.input.transcription.model",
        ),
        (
            {
                "type": "realtime",
                "model": "gpt-realtime-2",
                "audio": {"input": {"transcription": None}},
            },
            None,
        ),
        ({"type": "transcription"}, "session.audio.input.transcription.model"),
        (
            {
                "type": "transcription",
                "audio": {"input": {"transcription": {"model": "whisper-1"}}},
            },
            None,
        ),
    ],
    ids=str,
)
def test_models_are_limited_wherever_they_stand(
    tmp_path: Path, session: dict[str, Any] | None, param: str | None
) -> None:
    made, body = profile(tmp_path, **MODELS), {"session": session}

    if param is None:
        assert made.apply(body, kind="realtime") == body
    else:
        assert forbidden(made, body) == param


def test_a_translations_model_is_limited_too(tmp_path: Path) -> None:
    assert forbidden(profile(tmp_path, **MODELS), {"session": {"model": "a"}}, "translation") == (
        "session.model"
    )


@pytest.mark.parametrize(
    ("limits", "given", "seconds"),
    [
        ({"default": 60}, None, 60),
        ({"default": 60}, {}, 60),
        ({"default": 60}, {"anchor": "created_at"}, 60),
        ({"default": 60}, {"seconds": 7200}, 7200),
        ({"default": 60, "maximum": 300}, {"seconds": 300}, 300),
        ({"default": 60, "maximum": 300}, {"seconds": 301}, None),
        ({"maximum": 300}, None, 300),
        ({"maximum": 3600}, None, 600),
        ({"maximum": 300}, {"seconds": 300.0}, 300),
    ],
    ids=str,
)
def test_the_time_to_live_has_a_default_and_a_maximum(
    tmp_path: Path, limits: dict[str, int], given: Any, seconds: int | None
) -> None:
    made = profile(tmp_path, limits={"ttl_s": limits})

    if seconds is None:
        assert forbidden(made, {"expires_after": given}) == "expires_after.seconds"
    else:
        params = made.apply({"expires_after": given}, kind="realtime")
        assert params["expires_after"]["seconds"] == seconds
        assert params["expires_after"].keys() <= {"anchor", "seconds"}


@pytest.mark.parametrize(
    ("session", "sent"),
    [
        (None, {"type": "realtime", "max_output_tokens": 100}),
        ({"type": "realtime"}, {"type": "realtime", "max_output_tokens": 100}),
        (
            {"type": "realtime", "max_output_tokens": 99},
            {"type": "realtime", "max_output_tokens": 99},
        ),
        ({"type": "realtime", "max_output_tokens": 101}, None),
        ({"type": "realtime", "max_output_tokens": "inf"}, None),
        ({"type": "transcription"}, {"type": "transcription"}),
    ],
    ids=str,
)
def test_output_tokens_are_limited_for_a_silent_caller_too(
    tmp_path: Path, session: Any, sent: Any
) -> None:
    made = profile(tmp_path, limits={"max_output_tokens": 100})

    if sent is None:
        assert forbidden(made, {"session": session}) == "session.max_output_tokens"
    else:
        assert made.apply({"session": session}, kind="realtime")["session"] == sent


MCP = {"type": "mcp", "server_label": "a", "server_url": "https://a.example"}


@pytest.mark.parametrize(
    ("allowed", "tools", "param"),
    [
        (["function"], [{"name": "a"}, {"type": "function", "name": "b"}], None),
        (["function"], [{"name": "a"}, MCP], "session.tools[1].type"),
        (["mcp"], [MCP], None),
        (["mcp"], [{"name": "a"}], "session.tools[0].type"),
        ([], [], None),
        ([], [{"name": "a"}], "session.tools[0].type"),
    ],
    ids=str,
)
def test_types_of_tools_are_limited(
    tmp_path: Path, allowed: list[str], tools: list[Any], param: str | None
) -> None:
    made = profile(tmp_path, limits={"tool_types": allowed})
    body = {"session": {"type": "realtime", "tools": tools}}

    if param is None:
        assert made.apply(body, kind="realtime") == body
    else:
        assert forbidden(made, body) == param


SETTABLE = {
    "defaults": {"session": {"type": "realtime", "model": "a"}},
    "limits": {"settable": ["session.audio.output.voice", "session.audio.input"]},
}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, None),
        ({"session": None, "expires_after": None}, None),
        ({"session": {"type": "realtime", "model": "a"}}, None),
        ({"session": {"audio": {"output": {"voice": "ash"}}}}, None),
        ({"session": {"audio": {"input": {"turn_detection": None}}}}, None),
        ({"session": {"audio": {"output": {"speed": 1.1}}}}, "session.audio.output.speed"),
        ({"session": {"audio": {}}}, "session.audio"),
        ({"session": {"model": "b"}}, "session.model"),
        ({"session": {"type": "transcription"}}, "session.type"),
        ({"session": {"tools": []}}, "session.tools"),
        ({"expires_after": {"seconds": 60}}, "expires_after.seconds"),
    ],
    ids=str,
)
def test_only_what_is_settable_may_be_set(
    tmp_path: Path, body: dict[str, Any], param: str | None
) -> None:
    made = profile(tmp_path, **SETTABLE)

    if param is None:
        made.apply(body, kind="realtime")
    else:
        assert forbidden(made, body) == param


@pytest.mark.parametrize("key", ["session.audio.output.voice", "session.audio.input", "new"])
def test_a_key_that_is_unknown_is_not_settable_either(tmp_path: Path, key: str) -> None:
    made = profile(tmp_path, unknown_fields="forward", **SETTABLE)

    assert forbidden(made, {key: "x"}) == key


@pytest.mark.parametrize(
    ("types", "body", "kind", "param"),
    [
        (["transcription"], {"session": {"type": "realtime"}}, "realtime", "session.type"),
        (["transcription"], {}, "realtime", "session.type"),
        (["translation"], {"session": {"type": "realtime"}}, "realtime", "session.type"),
        (["realtime"], {"session": {"model": "a"}}, "translation", None),
    ],
    ids=str,
)
def test_types_of_sessions_are_limited_by_endpoint_too(
    tmp_path: Path, types: list[str], body: dict[str, Any], kind: str, param: str | None
) -> None:
    assert forbidden(profile(tmp_path, limits={"session_types": types}), body, kind) == param


TRANSLATOR = {"session": {"type": "translation", "model": "gpt-realtime-translate"}}


@pytest.mark.parametrize("part", ["defaults", "locked"])
def test_a_profile_for_translations_needs_nothing_from_the_caller(
    tmp_path: Path, part: str
) -> None:
    made = profile(tmp_path, **{part: TRANSLATOR})

    params = made.apply({}, kind="translation")

    assert params == {"session": {"model": "gpt-realtime-translate"}}


@pytest.mark.parametrize(
    ("locked", "kind"), [(TRANSLATOR, "realtime"), (REALTIME, "translation")], ids=str
)
def test_a_locked_session_of_another_endpoint_is_refused(
    tmp_path: Path, locked: dict[str, Any], kind: str
) -> None:
    assert forbidden(profile(tmp_path, locked=locked), {"session": {"model": "a"}}, kind) is None


def test_a_default_session_of_another_endpoint_is_left_out(tmp_path: Path) -> None:
    made, body = profile(tmp_path, defaults=REALTIME), {"session": {"model": "a"}}

    assert made.apply(body, kind="translation") == body


def agent_with_credentials(folder: Path, part: str) -> Profile:
    tool = {**MCP, "authorization": {"secret": "crm"}}
    return profile(folder, **{part: {"session": {"type": "realtime", "tools": [tool]}}})


@pytest.mark.parametrize("part", ["defaults", "locked"])
def test_references_reach_the_params(tmp_path: Path, part: str) -> None:
    params = agent_with_credentials(tmp_path, part).apply({}, kind="realtime")

    assert isinstance(params["session"]["tools"][0]["authorization"], McpReference)


@pytest.mark.parametrize("part", ["defaults", "locked"])
@pytest.mark.parametrize("forged", ["crm", {"secret": "crm"}], ids=str)
def test_a_caller_cannot_make_a_reference(tmp_path: Path, part: str, forged: Any) -> None:
    made = agent_with_credentials(tmp_path, part)
    elsewhere = {**MCP, "server_url": "https://evil.example", "authorization": forged}

    try:
        params = made.apply({"session": {"tools": [elsewhere]}}, kind="realtime")
    except CallerError:
        return

    [tool] = params["session"]["tools"]
    assert type(tool["authorization"]) is str


def test_a_caller_who_guesses_a_locked_reference_gets_the_locked_one(tmp_path: Path) -> None:
    made = agent_with_credentials(tmp_path, "locked")

    params = made.apply({"session": {"tools": [{**MCP, "authorization": "crm"}]}}, kind="realtime")

    assert isinstance(params["session"]["tools"][0]["authorization"], McpReference)


def test_a_profile_is_not_changed_by_what_callers_send(tmp_path: Path) -> None:
    made = profile(tmp_path, defaults={"session": {"type": "realtime", "audio": {"output": {}}}})

    made.apply({"session": {"audio": {"output": {"voice": "ash"}}}}, kind="realtime")

    assert made.apply({}, kind="realtime") == {
        "session": {"type": "realtime", "audio": {"output": {}}}
    }
