import json
import traceback
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openai_realtime import wire
from openai_realtime.transport import Answer

# The first text on a machine builds a table of Unicode; a busy machine is no failure.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("base_url", "checked"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1//", "https://api.openai.com/v1"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[::1]:3000/a/b", "http://[::1]:3000/a/b"),
    ],
)
def test_a_base_url_loses_its_trailing_slash(base_url: str, checked: str) -> None:
    assert wire.checked_base_url(base_url) == checked


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.openai.com/v1",
        "/v1",
        "ftp://api.openai.com",
        "https://",
        "https:///v1",
        "https://h:canary/v1",
        "https://h:99999/v1",
        "https://h:0/v1",
        "https://user:pa/canary@h/v1",
        "https://user:canary@h/v1",
        "https://canary@h/v1",
        "https://@h/v1",
        "https://h/v1?canary=1",
        "https://h/v1?",
        "https://h/v1#canary",
        "https://h/v1#",
        "https://h/v1\n",
        "https://h\t/v1",
        "https://h/ v1",
        "https://h/\u00e4",
        "https://[canary/v1",
        "https://\u2100canary/v1",
    ],
)
def test_a_base_url_that_cannot_be_joined_is_refused_unquoted(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url") as raised:
        wire.checked_base_url(base_url)

    assert "canary" not in "".join(traceback.format_exception(raised.value)[-1:])
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize("base_url", [None, b"https://h", 5])
def test_a_base_url_must_be_a_string(base_url: Any) -> None:
    with pytest.raises(TypeError, match="base_url"):
        wire.checked_base_url(base_url)


def test_header_names_become_lower_case_and_values_lose_blanks() -> None:
    given: dict[str, str | None] = {"X-A": " 1 ", "x-B": None, "X-C": "", "x-\u0041": "\t2"}

    assert wire.checked_headers(given) == {"x-a": "2", "x-b": None, "x-c": ""}


@pytest.mark.parametrize(
    "value", ["canary\r\nx: 1", "canary\n", "canary\x00", "canary\u2028", "\x7f"]
)
def test_a_value_that_no_header_can_carry_is_refused_unquoted(value: str) -> None:
    with pytest.raises(ValueError, match="'x-mine'") as raised:
        wire.checked_headers({"x-mine": value})

    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\n", "\u00e4", "a\x00"])
def test_a_name_that_no_header_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="Header"):
        wire.checked_headers({name: "1"})


@pytest.mark.parametrize("headers", [{"x-a": 5}, {"x-a": b"canary"}, {5: "canary"}, {None: "1"}])
def test_a_header_must_be_a_string(headers: Any) -> None:
    with pytest.raises(TypeError, match="Header") as raised:
        wire.checked_headers(headers)

    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding"])
@pytest.mark.parametrize("value", ["0", None])
def test_the_framing_of_the_body_is_the_clients_own(name: str, value: str | None) -> None:
    with pytest.raises(ValueError, match="the client itself"):
        wire.checked_headers({name: value})


@pytest.mark.parametrize(
    ("body", "extra", "merged"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 2, "b": 3}),
        (
            {"a": {"b": 1, "c": {"d": 2}}},
            {"a": {"c": {"e": 3}}},
            {"a": {"b": 1, "c": {"d": 2, "e": 3}}},
        ),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": None}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_the_extra_body_is_merged_deeply(body: Any, extra: Any, merged: Any) -> None:
    before = json.dumps([body, extra])

    assert json.loads(wire.encode(body, extra)) == merged
    assert json.dumps([body, extra]) == before


def test_order_and_unicode_stay_as_given() -> None:
    assert (
        wire.encode({"z": "\u00e4\u2028", "a": 1.0}, {}) == '{"z":"\u00e4\u2028","a":1.0}'.encode()
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_know_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        wire.encode({"a": [number]}, {})


@pytest.mark.parametrize("value", [object(), {1}, b"canary", 1j])
def test_a_value_that_json_does_not_know_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="JSON") as raised:
        wire.encode({"a": value}, {})

    assert "canary" not in str(raised.value)


def test_half_a_surrogate_pair_is_refused_unquoted() -> None:
    body = {"authorization": "canary", "a": "\ud800"}
    with pytest.raises(ValueError, match="surrogate") as raised:
        wire.encode(body, {})

    # A UnicodeEncodeError carries the whole text.
    assert type(raised.value) is ValueError
    assert "canary" not in "".join(traceback.format_exception(raised.value))


def nested(depth: int) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for _ in range(depth):
        body = {"a": body}
    return body


@pytest.mark.parametrize("extra", [{}, nested(100_000)], ids=["body", "both"])
def test_a_body_nested_too_deeply_is_refused(extra: Any) -> None:
    with pytest.raises(ValueError, match="nested"):
        wire.encode(nested(100_000), extra)


@pytest.mark.parametrize(
    ("extra", "query"),
    [
        ({}, ""),
        ({"a": []}, ""),
        ({"a": "1"}, "?a=1"),
        ({"a": ["1", 2], "b": 0.5}, "?a=1&a=2&b=0.5"),
        ({"a": ("x", "y")}, "?a=x&a=y"),
        ({"a": True, "b": False}, "?a=true&b=false"),
        ({"a b": "\u00e4&=#?\r\n"}, "?a+b=%C3%A4%26%3D%23%3F%0D%0A"),
    ],
)
def test_the_extra_query(extra: Any, query: str) -> None:
    assert wire.query(extra) == query


@pytest.mark.parametrize("value", [None, {"b": 1}, [None], [["1"]], b"canary", object()])
def test_a_query_value_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="'a'") as raised:
        wire.query({"a": value})

    assert "canary" not in str(raised.value)


def test_a_query_name_must_be_a_string() -> None:
    with pytest.raises(TypeError, match="extra_query"):
        wire.query({5: "1"})  # type: ignore[dict-item]  # what a caller without types may do


def answer(body: bytes) -> Answer:
    return Answer(500, {}, body, complete=True)


@pytest.mark.parametrize(
    ("body", "decoded"),
    [
        (b'{"error": {}}', {"error": {}}),
        (b"", ""),
        (b"<html>", "<html>"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"9" * 5000, "9" * 5000),
        (b"[" * 200_000, "[" * 200_000),
    ],
    ids=["json", "empty", "html", "no_utf_8", "byte_order_mark", "5000_digits", "deep"],
)
def test_an_error_body_is_its_json_or_its_text(body: bytes, decoded: Any) -> None:
    assert wire.decoded(answer(body)) == decoded


@PATIENT
@given(st.binary(max_size=200))
def test_no_error_body_breaks_the_reading(body: bytes) -> None:
    wire.decoded(answer(body))
