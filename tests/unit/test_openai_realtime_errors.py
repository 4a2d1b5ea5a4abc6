import copy
import pickle
from typing import Any

import pytest

from openai_realtime import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    RateLimitError,
)
from openai_realtime.errors import status_error

HEADERS = {"x-request-id": "req_1", "set-cookie": "canary"}


def refused(status: int = 400, **fields: Any) -> APIStatusError:
    return status_error(status, body={"error": fields}, headers=HEADERS)


def test_the_text_names_status_code_param_and_request() -> None:
    error = refused(code="bad", param="session.x", message="canary", type="t")

    assert str(error) == "Status 400: code bad, param session.x, request req_1"


def test_the_text_without_any_of_them_is_the_status() -> None:
    assert str(status_error(502, body="<html>", headers={})) == "Status 502"


def test_the_text_has_no_more_than_200_characters_of_a_field() -> None:
    assert len(str(refused(code="c" * 5_000))) < 300


@pytest.mark.parametrize("body", [None, "text", [], {}, {"error": None}, {"error": "text"}])
def test_a_body_of_another_shape_has_no_fields(body: object) -> None:
    error = status_error(500, body=body, headers={})

    assert (error.message, error.type, error.code, error.param) == (None, None, None, None)
    assert error.body == body


@pytest.mark.parametrize("value", [5, None, [], {}])
def test_a_field_that_is_no_text_counts_as_absent(value: object) -> None:
    assert refused(code=value, message=value).code is None


@pytest.mark.parametrize(
    "error",
    [
        refused(429, code="slow_down", message="canary"),
        APIConnectionError(request_sent=True, status_code=200),
        APITimeoutError(request_sent=False),
        APIResponseValidationError("no", status_code=200, request_id="req_1"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("copied", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_travels_without_what_openai_wrote(error: APIError, copied: Any) -> None:
    error.retries_taken = 2

    twin: Any = copied(error)

    assert type(twin).__name__ == type(error).__name__
    assert (str(twin), twin.retries_taken) == (str(error), 2)
    assert b"canary" not in pickle.dumps(error)
    if isinstance(error, RateLimitError):
        assert (twin.code, twin.request_id, twin.body) == ("slow_down", "req_1", None)


@pytest.mark.parametrize(
    ("status", "code", "may_have_acted"),
    [(status, None, False) for status in (400, 401, 403, 413, 422, 429)]
    + [(status, None, True) for status in (307, 402, 404, 405, 408, 409, 414, 423, 428, 500, 503)]
    + [(404, "model_not_found", False), (500, "model_not_found", True), (405, "x", True)],
)
def test_whether_a_refusal_may_have_minted(
    status: int, code: str | None, may_have_acted: bool
) -> None:
    assert refused(status, code=code).may_have_acted is may_have_acted


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("kind", [APIConnectionError, APITimeoutError])
def test_what_was_not_sent_minted_nothing(kind: type[APIConnectionError], sent: bool) -> None:
    assert kind(request_sent=sent).may_have_acted is sent


def test_an_error_begins_without_retries_and_with_doubt() -> None:
    error = APIResponseValidationError("no", status_code=200)

    assert (error.retries_taken, error.may_have_acted) == (0, True)


def test_errors_without_an_answer_have_the_words_of_the_sdks() -> None:
    assert str(APIConnectionError(request_sent=True)) == "Connection error."
    assert str(APITimeoutError(request_sent=True)) == "Request timed out."
