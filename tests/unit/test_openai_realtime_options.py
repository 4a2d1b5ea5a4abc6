import math
from typing import Any

import pytest

from openai_realtime import Client, RequestOptions, options

# What a caller without types may pass.
checked_options: Any = options.checked_options


def test_every_option_of_the_ruby_sdk_is_known() -> None:
    ruby = {"extra_headers", "extra_query", "extra_body", "max_retries", "timeout"}

    assert set(RequestOptions.__annotations__) == ruby | {"idempotency_key", "total_timeout"}


def test_no_options_are_no_options() -> None:
    assert checked_options(None) == {}


@pytest.mark.parametrize("given", [[], "timeout", 5])
def test_options_must_be_a_mapping(given: Any) -> None:
    with pytest.raises(TypeError, match=r"^request_options must be a mapping"):
        checked_options(given)


@pytest.mark.parametrize("name", ["retries", "TIMEOUT", "stream", ""])
def test_an_unknown_option_is_named_with_those_known(name: Any) -> None:
    with pytest.raises(TypeError, match=f"Unknown request option '{name}'.*total_timeout"):
        checked_options({name: 1})


@pytest.mark.parametrize("name", ["timeout", "total_timeout"])
@pytest.mark.parametrize(
    ("seconds", "error"),
    [
        ("5", TypeError),
        (True, TypeError),
        ([5], TypeError),
        (math.nan, ValueError),
        (math.inf, ValueError),
        (86_401, ValueError),
        pytest.param(10**400, ValueError, id="huge"),
        pytest.param(-(10**400), ValueError, id="huge_below"),
    ],
)
def test_a_time_out_that_cannot_be_kept_is_refused(name: Any, seconds: Any, error: Any) -> None:
    with pytest.raises(error, match=f"^{name} "):
        checked_options({name: seconds})


@pytest.mark.parametrize("name", ["timeout", "total_timeout"])
@pytest.mark.parametrize("seconds", [None, 0, -1, 0.5, 600, 86_400])
def test_a_time_out_may_be_any_number_or_none(name: Any, seconds: Any) -> None:
    assert checked_options({name: seconds}).get(name, "absent") == seconds


@pytest.mark.parametrize("max_retries", [None, "2", 1.0, True, [1]])
def test_max_retries_must_be_an_integer(max_retries: Any) -> None:
    with pytest.raises(TypeError, match="max_retries must be an integer"):
        checked_options({"max_retries": max_retries})


def test_max_retries_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        checked_options({"max_retries": -1})


@pytest.mark.parametrize("name", ["extra_headers", "extra_query", "extra_body"])
@pytest.mark.parametrize("value", [None, [], "a", 5])
def test_what_is_added_must_be_a_mapping(name: Any, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be a mapping"):
        checked_options({name: value})


def test_an_idempotency_key_loses_its_blanks() -> None:
    assert checked_options({"idempotency_key": " a "})["idempotency_key"] == "a"


@pytest.mark.parametrize(
    ("key", "error"), [(5, TypeError), ("canary\r\n", ValueError), ("\u2028canary", ValueError)]
)
def test_an_idempotency_key_must_fit_a_header(key: Any, error: Any) -> None:
    with pytest.raises(error, match="idempotency-key") as raised:
        checked_options({"idempotency_key": key})

    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"timeout": "5"}, TypeError),
        ({"timeout": True}, TypeError),
        ({"timeout": math.nan}, ValueError),
        ({"max_retries": -1}, ValueError),
        ({"base_url": "nowhere"}, ValueError),
        ({"default_headers": ["x"]}, TypeError),
        ({"default_headers": {"x-a": 5}}, TypeError),
        ({"default_headers": {"x-a": "canary\n\n"}}, ValueError),
        ({"auth_header": "x-canary"}, ValueError),
        ({"organization": 5}, TypeError),
        ({"organization": "canary\r\nx: 1"}, ValueError),
        ({"project": "canary\x00"}, ValueError),
    ],
    ids=str,
)
def test_a_client_is_not_made_of_what_cannot_work(arguments: Any, error: Any) -> None:
    name = next(iter(arguments)).replace("default_headers", "default_headers|Header")
    with pytest.raises(error, match=f"^({name}|Header)") as raised:
        Client("sk-test-canary", **arguments)

    assert "canary" not in str(raised.value)
