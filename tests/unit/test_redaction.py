import pytest

from broker.redaction import REDACTED, for_callers, redacted_answer, scrubbed

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
