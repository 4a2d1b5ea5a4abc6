import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from broker.profile_files import (
    FOLDER,
    SCHEMA,
    McpReference,
    ProfileError,
    check,
    read_profiles,
)

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "docs" / "generate_profile_schema.py"


def write(folder: Path, **profiles: object) -> Path:
    """Files of these names, `default` among them."""
    for name, content in {"default": {"description": "All."}, **profiles}.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{name.replace('_', '-')}.json").write_text(text, encoding="utf-8")
    return folder


def mcp(**fields: Any) -> dict[str, Any]:
    tool = {"type": "mcp", "server_label": "crm", "server_url": "https://mcp.example", **fields}
    return {
        "description": "An agent.",
        "locked": {"session": {"type": "realtime", "tools": [tool]}},
    }


def test_the_shipped_profiles_are_sound() -> None:
    profiles = read_profiles()

    assert set(profiles) == {"default", "locked-down", "support-agent", "transcribe-only"}
    assert [problem for profile in profiles.values() for problem in check(profile)] == []


def test_the_schema_is_what_the_model_says() -> None:
    command = [sys.executable, str(GENERATOR), "--check"]
    path = f"{ROOT / 'layers' / 'realtime'}:{ROOT}"

    assert subprocess.run(command, env={"PYTHONPATH": path}, check=False).returncode == 0


def test_every_shipped_profile_names_the_schema() -> None:
    for file in FOLDER.glob("*.json"):
        if file.name != SCHEMA:
            assert json.loads(file.read_text())["$schema"] == f"./{SCHEMA}"


def test_a_reference_is_read_as_one(tmp_path: Path) -> None:
    fields = {"authorization": {"secret": "crm"}, "headers": {"x-key": {"secret": "crm/key"}}}

    [tool] = read_profiles(write(tmp_path, agent=mcp(**fields)))["agent"].locked["session"]["tools"]

    assert isinstance(tool["authorization"], McpReference)
    assert tool["authorization"] == "crm"
    assert isinstance(tool["headers"]["x-key"], McpReference)


BAD = [
    pytest.param({}, "description: is required", id="nothing"),
    pytest.param({"description": "x", "lock": {}}, "lock: is no part of a profile", id="a typo"),
    pytest.param(
        {"description": "x", "limits": {"models": []}}, "limits.models: ", id="no model at all"
    ),
    pytest.param(
        {"description": "x", "limits": {"models": ["gpt?"]}},
        "limits.models[0]: ",
        id="a bad pattern",
    ),
    pytest.param(
        {"description": "x", "limits": {"ttl_s": {"default": 60, "maximum": 30}}},
        "limits.ttl_s: the default is greater than the maximum",
        id="a default beyond the maximum",
    ),
    pytest.param(
        {"description": "x", "limits": {"ttl_s": {"maximum": 9}}},
        "limits.ttl_s.maximum: ",
        id="a time to live that OpenAI refuses",
    ),
    pytest.param(
        {"description": "x", "limits": {"settable": ["audio.output"]}},
        "limits.settable[0]: ",
        id="a path that is none",
    ),
    pytest.param(
        {"description": "x", "requires": {}}, "requires: name a scope", id="no requirement"
    ),
    pytest.param(
        {"description": "x", "requires": {"claim": "groups"}},
        "requires: a claim needs",
        id="a claim without a value",
    ),
    pytest.param(
        {"description": "x", "requires": {"claim": "g", "equals": "a", "contains": "b"}},
        "requires: give 'equals' or 'contains'",
        id="a claim with two values",
    ),
    pytest.param(
        {"description": "x", "requires": {"claim": "tier", "equals": ""}},
        "requires.equals: ",
        id="a claim that equals nothing, as an absent one does",
    ),
    pytest.param(
        {"description": "x", "defaults": {"session": {"type": "conversation"}}},
        "defaults.session.type: ",
        id="an unknown type of session",
    ),
    pytest.param(
        {"description": "x", "defaults": {"model": "a"}}, "defaults.model: ", id="too flat"
    ),
    pytest.param("[]", "the profile: must be an object", id="no object"),
    pytest.param("{", "not JSON", id="no JSON"),
    pytest.param('{"description": "a", "description": "b"}', "names a key twice", id="a key twice"),
    pytest.param("[" * 100_000, "not JSON", id="too deep"),
]


@pytest.mark.parametrize(("content", "problem"), BAD)
def test_what_is_wrong_is_said_with_file_and_path(
    tmp_path: Path, content: object, problem: str
) -> None:
    folder = write(tmp_path, agent=content)

    with pytest.raises(ProfileError) as caught:
        read_profiles(folder)

    assert f"{folder.name}/agent.json: " in str(caught.value)
    assert problem in str(caught.value)


LITERALS = [
    pytest.param(mcp(authorization="canary-token"), "tools[0].authorization", id="authorization"),
    pytest.param(mcp(headers={"x-key": "canary-token"}), "tools[0].headers.x-key", id="a header"),
    pytest.param(mcp(authorization=["canary-token"]), "tools[0].authorization", id="a list"),
    pytest.param(
        mcp(authorization={"secret": "a", "value": "canary-token"}),
        "tools[0].authorization.value",
        id="a value beside the reference",
    ),
    pytest.param(mcp(server_url="https://u:canary@mcp.example"), "server_url", id="in a URL"),
    pytest.param(
        mcp(server_description="Bearer canary-token"), "server_description", id="in a text"
    ),
    pytest.param(
        {"description": "x", "defaults": {"session": {"instructions": "Use sk-canary-12345678."}}},
        "defaults.session.instructions",
        id="in the instructions",
    ),
]


@pytest.mark.parametrize(("content", "path"), LITERALS)
def test_a_credential_in_a_profile_is_refused_and_not_repeated(
    tmp_path: Path, content: object, path: str
) -> None:
    with pytest.raises(ProfileError) as caught:
        read_profiles(write(tmp_path, agent=content))

    assert path in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("name", ["Agent", "v1", "a_b", "a b", "-a", "a.b", "ä"])
def test_a_name_that_a_path_would_not_show_plainly_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    (tmp_path / f"{name}.json").write_text('{"description": "x"}')

    with pytest.raises(ProfileError, match="lower-case words"):
        read_profiles(tmp_path)


def test_without_a_default_profile_the_plain_endpoint_would_be_gone(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"default\.json: missing"):
        read_profiles(tmp_path)


def test_every_bad_file_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        read_profiles(write(tmp_path, one="{", two="{"))

    assert "/one.json" in str(caught.value)
    assert "/two.json" in str(caught.value)


UNSOUND = [
    pytest.param({"session": {"voice": "ash"}}, {}, "session.voice: ", id="an unknown field"),
    pytest.param({"session": {"model": 7}}, {}, "session.model: ", id="a wrong type"),
    pytest.param(
        {"session": {"model": "gpt-realtime"}},
        {"models": ["gpt-realtime-mini"]},
        "session.model: the profile needs",
        id="a model beyond its own limit",
    ),
    pytest.param(
        {"expires_after": {"seconds": 600}},
        {"ttl_s": {"maximum": 60}},
        "expires_after.seconds: ",
        id="a time to live beyond its own limit",
    ),
    pytest.param(
        {"session": {"type": "translation", "instructions": "x"}},
        {},
        "session.instructions: ",
        id="a translation with instructions",
    ),
]


@pytest.mark.parametrize(("defaults", "limits", "problem"), UNSOUND)
def test_sessions_are_held_against_the_contract_and_the_limits(
    tmp_path: Path, defaults: object, limits: object, problem: str
) -> None:
    content = {"description": "x", "defaults": defaults, "limits": limits}

    [found] = check(read_profiles(write(tmp_path, agent=content))["agent"])

    assert found.startswith(f"profiles/agent.json: {problem}")
