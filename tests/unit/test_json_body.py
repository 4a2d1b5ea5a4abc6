import base64
import json

import pytest

from broker.errors import BrokerError
from broker.json_body import MAX_BYTES, read_object


def _nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    ("raw_body", "says"),
    [
        pytest.param("[]", "an array", id="array"),
        pytest.param("null", "null", id="null"),
        pytest.param('"x"', "a string", id="string"),
        pytest.param("1", "a number", id="number"),
        pytest.param("-0", "a number", id="negative-zero"),
        pytest.param("true", "a boolean", id="boolean"),
        pytest.param("{", "line 1, column 2", id="cut-off"),
        pytest.param('{"a"}', "line 1, column 5", id="no-value"),
        pytest.param('{"a":1,}', "line 1, column", id="trailing-comma"),
        pytest.param("{'a':1}", "line 1, column 2", id="single-quotes"),
        pytest.param("{} {}", "line 1, column 4", id="two-objects"),
        pytest.param("{}x", "line 1, column 3", id="trailing-garbage"),
        pytest.param('{"a":1}\n\n}', "line 3, column 1", id="garbage-on-line-3"),
        pytest.param("\ufeff{}", "byte order mark", id="byte-order-mark"),
        pytest.param("\u00a0", "not valid JSON", id="blank-that-json-does-not-know"),
        pytest.param("{}\x00", "line 1, column 3", id="nul-at-the-end"),
        pytest.param('{"a":"\x01"}', "line 1, column", id="control-character"),
        pytest.param('{"a":"\\x41"}', "line 1, column", id="bad-escape"),
        pytest.param('{"a":01}', "line 1, column", id="leading-zero"),
        pytest.param('{"a":+1}', "line 1, column", id="plus-sign"),
        pytest.param('{"a":0x1}', "line 1, column", id="hexadecimal"),
        pytest.param('{"a":1,"a":1}', "'a' twice", id="duplicate-key"),
        pytest.param('{"a":{"b":[{"c":1,"\\u0063":2}]}}', "'c' twice", id="duplicate-spelt-twice"),
        pytest.param(f'{{"a":[{{"{"k" * 1025}":1}}]}}', "1024 characters", id="enormous-key"),
        pytest.param('{"a":NaN}', "NaN", id="nan"),
        pytest.param('{"a":-Infinity}', "-Infinity", id="infinity"),
        pytest.param('{"a":1e400}', "1e400", id="beyond-a-double"),
        pytest.param('{"a":-1e999999999}', "-1e999999999", id="far-beyond-a-double"),
        pytest.param(f'{{"a":{"1" * 5000}}}', "too many digits", id="5000-digits"),
        pytest.param('{"a":"\\ud800"}', "lone surrogate in 'a'", id="escaped-surrogate"),
        pytest.param('{"a":{"b":["\\uDC00x"]}}', "'a.b[0]'", id="escaped-surrogate-deep"),
        pytest.param('{"\\ud800":1}', "lone surrogate", id="surrogate-key"),
        pytest.param('{"a":"\ud800"}', "lone surrogate at character 6", id="raw-surrogate"),
        pytest.param("[" * 200_000, "64 deep", id="200000-deep"),
        pytest.param('{"a":' * 40_000, "64 deep", id="40000-objects-deep"),
        pytest.param(_nested(65), "64 deep at character 320", id="65-deep"),
        pytest.param(_nested(65).replace("a", '\\"{[', 1), "64 deep", id="brackets-in-strings"),
    ],
)
def test_what_is_not_one_json_object_is_refused_and_said(raw_body: str, says: str) -> None:
    with pytest.raises(BrokerError) as refused:
        read_object(raw_body, is_base64=False)

    assert (refused.value.row.status, refused.value.row.code) == (400, "invalid_json")
    assert refused.value.param is None
    assert says in refused.value.message
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    ("raw_body", "says"),
    [
        pytest.param("not base64!", "base64", id="alphabet"),
        pytest.param("e30", "base64", id="padding"),
        pytest.param("!e30=", "base64", id="good-but-for-one-letter"),
        pytest.param("é", "base64", id="not-ascii"),
        pytest.param(_base64(b'{"a":"\xff"}'), "byte 6", id="bad-utf-8"),
        pytest.param(_base64(b"\xef\xbb\xbf{}"), "byte order mark", id="byte-order-mark"),
        pytest.param(_base64('{"a":1}'.encode("utf-16")), "UTF-8", id="utf-16"),
        pytest.param(_base64(b'{"a":"\xed\xa0\x80"}'), "UTF-8", id="surrogate-in-utf-8"),
    ],
)
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
        pytest.param(_base64(b" \n"), True, id="blank-base64"),
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
        pytest.param(_nested(64), id="64-deep"),
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
        pytest.param(_base64(_body_of(MAX_BYTES + 1).encode()), True, id="one-byte-more-decoded"),
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

    body = read_object(_base64(raw_body.encode()) if is_base64 else raw_body, is_base64=is_base64)

    assert len(body["a"]) == MAX_BYTES - 8


def test_the_key_of_a_duplicate_is_hidden_when_it_is_a_credential() -> None:
    with pytest.raises(BrokerError) as refused:
        read_object('{"sk-canary12345678":1,"sk-canary12345678":2}', is_base64=False)

    assert "canary" not in refused.value.message
