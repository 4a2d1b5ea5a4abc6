import json
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openai_realtime import (
    OMIT,
    APIResponseValidationError,
    Client,
    ClientSecretCreateResponse,
    ClientSecrets,
    TranslationClientSecrets,
)
from openai_realtime.transport import Answer

# The first text on a machine builds a table of Unicode; a busy machine is no failure.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

WHOLE = {"value": "ek_test", "expires_at": 1_800_000_600, "session": {"type": "realtime", "new": 1}}


class Posted:
    """Stands for the client: keeps what was posted, gives one answer."""

    def __init__(self, body: bytes = json.dumps(WHOLE).encode(), *, complete: bool = True) -> None:
        self.answer = Answer(200, {"x-request-id": "req_1"}, body, complete)
        self.posts: list[tuple[str, Any, Any]] = []
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def request(self, method: str, path: str, body: Any, options: Any) -> tuple[Answer, int]:
        assert method == "POST"
        self.posts.append((path, body, options))
        return self.answer, 1


def created(posted: Posted, **arguments: Any) -> ClientSecretCreateResponse:
    return ClientSecrets(cast(Client, posted)).create(**arguments)


def unusable(body: bytes, *, complete: bool = True) -> APIResponseValidationError:
    with pytest.raises(APIResponseValidationError) as raised:
        created(Posted(body, complete=complete))
    return raised.value


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({}, {}),
        ({"session": OMIT, "expires_after": OMIT}, {}),
        ({"session": None}, {"session": None}),
        ({"expires_after": None}, {"expires_after": None}),
        ({"session": {}, "expires_after": {}}, {"expires_after": {}, "session": {}}),
    ],
)
def test_what_is_given_is_sent_and_nothing_else(arguments: Any, body: Any) -> None:
    posted = Posted()

    created(posted, **arguments)

    assert posted.posts == [("realtime/client_secrets", body, None)]


def test_the_translation_resource_has_its_own_path() -> None:
    posted = Posted()

    TranslationClientSecrets(cast(Client, posted)).create(session={"model": "m"})

    assert posted.posts[0][0] == "realtime/translations/client_secrets"


def test_the_answer_is_given_whole() -> None:
    client_secret = created(Posted())

    assert client_secret.value == "ek_test"
    assert client_secret.expires_at == 1_800_000_600
    assert client_secret.session == WHOLE["session"]
    assert client_secret.body == WHOLE
    assert client_secret.request_id == "req_1"
    assert client_secret.retries_taken == 1


def test_the_same_secret_is_equal_however_it_came() -> None:
    bare = ClientSecretCreateResponse("ek_a", 1, {})

    assert bare == ClientSecretCreateResponse("ek_a", 1, {}, "req_1", 2, {"new": 1})
    assert (bare.request_id, bare.retries_taken, bare.body) == (None, 0, {})


def test_closing_the_resource_closes_its_client() -> None:
    posted = Posted()

    ClientSecrets(cast(Client, posted)).close()

    assert posted.closed


def test_the_error_reads_as_a_sentence() -> None:
    said = "OpenAI answered 200 without a usable client secret: it is not JSON."

    assert str(unusable(b"")) == said


def test_omit_is_false_and_says_its_name() -> None:
    assert not OMIT
    assert repr(OMIT) == "OMIT"


@pytest.mark.parametrize("session", [None, "text", 5, [], {}])
def test_a_session_of_another_shape_is_empty_and_stays_in_the_body(session: object) -> None:
    client_secret = created(Posted(json.dumps({**WHOLE, "session": session}).encode()))

    assert client_secret.session == {}
    assert client_secret.body["session"] == session


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"<html>canary</html>", "not JSON"),
        (b"\xff\xff", "not JSON"),
        (b'{"value": "ek_canary", "expires_at": NaN}', "not JSON"),
        (b'{"value": "ek_canary", "expires_at": -Infinity}', "not JSON"),
        (b'{"value": "ek_canary", "expires_at": ' + b"9" * 5_000 + b"}", "not JSON"),
        (b'{"a":' * 200_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"ek_canary"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "no value"),
        (b'{"value": null, "expires_at": 1}', "no value"),
        (b'{"value": 5, "expires_at": 1}', "no value"),
        (b'{"value": "", "expires_at": 1}', "no value"),
        (b'{"value": "ek_canary\\n", "expires_at": 1}', "no value"),
        (b'{"value": "ek_\\ud800", "expires_at": 1}', "no value"),
        ('{"value": "ek_\u00e4", "expires_at": 1}'.encode(), "no value"),
        (b'{"value": "ek_canary"}', "no expires_at"),
        (b'{"value": "ek_canary", "expires_at": null}', "no expires_at"),
        (b'{"value": "ek_canary", "expires_at": "12"}', "no expires_at"),
        (b'{"value": "ek_canary", "expires_at": 12.5}', "no expires_at"),
        (b'{"value": "ek_canary", "expires_at": true}', "no expires_at"),
    ],
    ids=lambda value: value[:40],
)
def test_an_answer_without_a_usable_secret_says_why_and_quotes_nothing(
    body: bytes, why: str
) -> None:
    error = unusable(body)

    assert why in str(error)
    assert "canary" not in str(error)
    assert (error.status_code, error.request_id, error.retries_taken) == (200, "req_1", 1)
    assert error.__cause__ is None


def test_an_answer_that_was_cut_off_is_unusable_whatever_it_holds() -> None:
    assert "longer than 1 MiB" in str(unusable(json.dumps(WHOLE).encode(), complete=False))


@PATIENT
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    unusable(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=9,
)


@PATIENT
@given(st.fixed_dictionaries({}, optional={"value": JSON, "expires_at": JSON, "session": JSON}))
def test_no_object_breaks_the_reading(fields: Any) -> None:
    try:
        client_secret = created(Posted(json.dumps(fields).encode()))
    except APIResponseValidationError:
        return

    assert client_secret.value == fields["value"]
    assert client_secret.expires_at == fields["expires_at"]
