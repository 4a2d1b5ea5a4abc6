import json

import pytest

from broker.errors import BrokerError
from broker.json_body import MAX_BYTES, read_object
from tests.hostile_bodies import NOT_BASE64, NOT_JSON, in_base64, nested


@pytest.mark.parametrize(("raw_body", "says"), NOT_JSON)
def test_what_is_not_one_json_object_is_refused_and_said(raw_body: str, says: str) -> None:
    with pytest.raises(BrokerError) as refused:
        read_object(raw_body, is_base64=False)

    assert (refused.value.row.status, refused.value.row.code) == (400, "invalid_json")
    assert refused.value.param is None
    assert says in refused.value.message
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(("raw_body", "says"), NOT_BASE64)
def test_what_is_not_base64_of_utf8_is_refused_and_said(raw_body: str, says: str) -> None:
    with pytest.raises(BrokerError) as refused:
        read_object(raw_body, is_base64=True)

    assert (refused.value.row.status, refused.value.row.code) == (400, "invalid_json")
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("raw_body", "is_base64"),
    [
        pytest.param(None, False, id="absent"),
        pytest.param(None, True, id="absent-base64"),
        pytest.param("", False, id="empty"),
        pytest.param(" \t\r\n", False, id="blank"),
        pytest.param(in_base64(b" \n"), True, id="blank-base64"),
        pytest.param("{}", False, id="braces"),
        pytest.param(" \n{ }\n", False, id="braces-and-blanks"),
    ],
)
def test_a_body_with_nothing_in_it_is_an_empty_object(
    raw_body: str | None, is_base64: bool
) -> None:
    assert read_object(raw_body, is_base64=is_base64) == {}


@pytest.mark.parametrize(
    "raw_body",
    [
        pytest.param('{"a":"\\ud83d\\ude00"}', id="escaped-pair"),
        pytest.param('{"a":"\\\\ud800"}', id="escaped-backslash"),
        pytest.param('{"ключ":"日本"}', id="unicode"),
        pytest.param('{"a":1e308,"b":-0,"c":-0.0,"d":1e-400,"e":1E+2}', id="numbers"),
        pytest.param(f'{{"a":{"1" * 4300}}}', id="4300-digits"),
        pytest.param(nested(64), id="64-deep"),
        pytest.param('{"a":[' + ",".join(["[]"] * 500) + "]}", id="many-brackets-not-deep"),
        pytest.param('{"a":"' + "[{" * 100 + '"}', id="brackets-in-a-string"),
        pytest.param('{"":0,"a":{"":0}}', id="empty-keys"),
        pytest.param(f'{{"{"k" * 1024}":1}}', id="long-key"),
        pytest.param('{"__proto__":1}', id="proto"),
    ],
)
def test_json_that_everybody_reads_alike_is_read(raw_body: str) -> None:
    assert read_object(raw_body, is_base64=False) == json.loads(raw_body)


def _body_of(size: int) -> str:
    return '{"a":"' + "x" * (size - 8) + '"}'


@pytest.mark.parametrize(
    ("raw_body", "is_base64"),
    [
        pytest.param(_body_of(MAX_BYTES + 1), False, id="one-byte-more"),
        pytest.param(_body_of(MAX_BYTES - 1).replace("x", "é", 2), False, id="two-byte-letters"),
        pytest.param(in_base64(_body_of(MAX_BYTES + 1).encode()), True, id="one-byte-more-decoded"),
        pytest.param("x" * 10_000_000, False, id="10-mb"),
        pytest.param("!" * 10_000_000, True, id="10-mb-of-no-base64"),
        pytest.param(" " * (MAX_BYTES + 1), False, id="blanks"),
    ],
)
def test_a_body_over_the_limit_is_too_large(raw_body: str, is_base64: bool) -> None:
    with pytest.raises(BrokerError) as refused:
        read_object(raw_body, is_base64=is_base64)

    assert (refused.value.row.status, refused.value.row.code) == (413, "request_too_large")


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_body_of_exactly_the_limit_is_read(is_base64: bool) -> None:
    raw_body = _body_of(MAX_BYTES)

    body = read_object(in_base64(raw_body.encode()) if is_base64 else raw_body, is_base64=is_base64)

    assert len(body["a"]) == MAX_BYTES - 8


def test_the_key_of_a_duplicate_is_hidden_when_it_is_a_credential() -> None:
    with pytest.raises(BrokerError) as refused:
        read_object('{"sk-canary12345678":1,"sk-canary12345678":2}', is_base64=False)

    assert "canary" not in refused.value.message
