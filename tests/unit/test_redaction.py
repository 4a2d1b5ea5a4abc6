import json

import pytest

from broker import redaction
from broker.redaction import REDACTED, for_callers, redacted_answer, scrubbed, scrubbed_log

CREDENTIALS = [
    pytest.param("sk-proj-canary-0123456789", id="project-key"),
    pytest.param("sk-canary", id="short-key"),
    pytest.param("ek_canary0123456789abcdef", id="client-secret"),
    pytest.param("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2ln", id="jwt"),
    pytest.param("Bearer canary-opaque", id="bearer"),
    pytest.param("Basic Y2FuYXJ5OmNhbmFyeQ==", id="basic"),
    pytest.param("sk-canar**************************7890", id="masked-by-openai"),
]


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("around", ["{}", "key={}, next", '{{"a": "{}"}}', "({})", "at {}."])
def test_whatever_is_shaped_like_a_credential_is_removed(credential: str, around: str) -> None:
    clean = scrubbed(around.format(credential))

    assert REDACTED in clean
    assert "canar" not in clean


def test_ordinary_words_stay() -> None:
    text = "Unknown parameter: 'session.task-list'. seek_time asks desk-top risk_level ok"

    assert scrubbed(text) == text


def test_callers_learn_no_organisation_project_or_address() -> None:
    message = "Project proj_canary123 of org-canary456 may not; see https://canary.example/x?y."

    assert "canary" not in for_callers(message)
    assert for_callers("Invalid value: 'x'.") == "Invalid value: 'x'."


@pytest.mark.parametrize(
    ("tool", "clean"),
    [
        ({"authorization": "c"}, {"authorization": REDACTED}),
        ({"authorization": None}, {"authorization": None}),
        ({"headers": {"a": "c", "b": "d"}}, {"headers": {"a": REDACTED, "b": REDACTED}}),
        ({"headers": None}, {"headers": None}),
        ({"headers": ["c"]}, {"headers": REDACTED}),
        ({"authorization": {"deep": "c"}}, {"authorization": REDACTED}),
        ("not an object", "not an object"),
    ],
)
def test_a_tools_credentials_are_taken_out_and_nothing_else(tool: object, clean: object) -> None:
    answer = {"value": "ek_test", "session": {"tools": [tool], "n": 1}, "new": 2}

    assert redacted_answer(answer) == {**answer, "session": {"tools": [clean], "n": 1}}


@pytest.mark.parametrize("session", [None, "x", [], {}, {"tools": None}, {"tools": "x"}])
def test_an_answer_without_tools_is_left_alone(session: object) -> None:
    assert redacted_answer({"session": session}) == {"session": session}


@pytest.mark.parametrize("escape", ["\\n", "\\t", "\n", "_", "=", "'", "\\u0000"])
def test_a_credential_at_the_start_of_a_line_in_json_is_removed(escape: str) -> None:
    line = json.dumps({"text": "x"})[:-2] + f"{escape}sk-canary-0123456789"

    assert "canary" not in scrubbed(line)


@pytest.mark.parametrize(
    "line",
    [
        "headers: {'Authorization': b'AWS4-HMAC-SHA256 Credential=canary/x, Signature=canary'}",
        "headers: {'X-Amz-Security-Token': 'canary-of-the-role'}",
        '{\\"x-api-key\\": \\"canary-opaque\\"}',
        "authorization:canary-opaque",
        "Set-Cookie: canary=canary; path=/",
        "('authorization', 'canary-opaque')",
        """Response body:\nb'{"ARN":"a","SecretString":"{\\\\"api_key\\\\":\\\\"canary\\\\"}"}\'""",
        "{'SecretBinary': b'canary'}",
    ],
)
def test_what_libraries_log_at_debug_is_clean(line: str) -> None:
    assert "canary" not in scrubbed_log(line)


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("secret", ['{"a": "canary"}', "canary's \\ and \"", "canary", 'canary"\\'])
def test_a_logged_answer_of_secrets_managers_loses_its_value_alone(secret: str, depth: int) -> None:
    line = json.dumps({"ARN": "before", "SecretString": secret, "VersionId": "after"})
    for _ in range(depth):
        line = json.dumps({"message": f"Response body:\n{line}", "level": "DEBUG"})
    as_python = f"{ {'SecretString': secret, 'VersionId': 'after'} }"

    clean = scrubbed_log(line)

    assert "canary" not in clean + scrubbed_log(as_python)
    assert "before" in clean
    if not secret.endswith("\\"):
        assert json.loads(clean)
        assert "after" in clean


def test_a_json_line_stays_json() -> None:
    fields = {
        "message": "Missing required parameter: 'session.tools[0].authorization'.",
        "param": "session.tools[0].authorization",
        "reason": "said authorization: something, and more",
        "authorization": None,
    }

    clean = json.loads(scrubbed_log(json.dumps(fields)))

    assert {name: clean[name] for name in ("message", "param", "authorization")} == {
        name: fields[name] for name in ("message", "param", "authorization")
    }


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing hidden stays hidden for other tests."""
    monkeypatch.setattr(redaction, "_hidden", ())
    monkeypatch.setattr(redaction, "_issued", ())


@pytest.mark.usefixtures("forgetful")
def test_what_is_held_is_removed_whatever_its_shape() -> None:
    redaction.hide('opaque canary-value\\with "quotes"')
    redaction.hide_issued("canary-issued")

    text = json.dumps({"a": 'opaque canary-value\\with "quotes"', "b": "see canary-issued."})

    assert "canary" not in scrubbed_log(text)
    assert "canary" not in scrubbed_log("only canary-value\\with of it")


@pytest.mark.usefixtures("forgetful")
def test_only_the_latest_client_secret_is_held() -> None:
    redaction.hide_issued("opaque-first")
    redaction.hide_issued("opaque-second")

    assert scrubbed_log("opaque-first opaque-second") == f"opaque-first {REDACTED}"


@pytest.mark.usefixtures("forgetful")
def test_the_client_secret_is_answered_byte_for_byte() -> None:
    redaction.hide("opaque-canary-key")
    redaction.hide_issued("opaque-issued")
    body = {"value": "opaque-issued", "session": {"note": "about opaque-canary-key"}}

    answer = redacted_answer(body)

    assert answer == {"value": "opaque-issued", "session": {"note": f"about {REDACTED}"}}


@pytest.mark.usefixtures("forgetful")
def test_a_hidden_value_is_no_name_of_an_answer_either() -> None:
    redaction.hide("sk-canary-0123456789")
    body = {"value": "ek_1", "a-sk-canary-0123456789": 1, "session": {"sk-canary-0123456789": 2}}

    answer = redacted_answer(body)

    assert "canary" not in json.dumps(answer)
    assert answer["value"] == "ek_1"
    assert list(answer) == ["value", f"a-{REDACTED}", "session"]
