"""Bodies that are not one JSON object in UTF-8: each with what the message must say about it."""

import base64

import pytest


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def in_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


NOT_JSON = [
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
    pytest.param(nested(65), "64 deep at character 320", id="65-deep"),
    pytest.param(nested(65).replace("a", '\\"{[', 1), "64 deep", id="brackets-in-strings"),
]

NOT_BASE64 = [
    pytest.param("not base64!", "base64", id="alphabet"),
    pytest.param("e30", "base64", id="padding"),
    pytest.param("!e30=", "base64", id="good-but-for-one-letter"),
    pytest.param("é", "base64", id="not-ascii"),
    pytest.param(in_base64(b'{"a":"\xff"}'), "byte 6", id="bad-utf-8"),
    pytest.param(in_base64(b"\xef\xbb\xbf{}"), "byte order mark", id="byte-order-mark"),
    pytest.param(in_base64('{"a":1}'.encode("utf-16")), "UTF-8", id="utf-16"),
    pytest.param(in_base64(b'{"a":"\xed\xa0\x80"}'), "UTF-8", id="surrogate-in-utf-8"),
]
