"""What "any OpenAI SDK pointed at it" asks of the endpoint: one test for each line of that list.

The SDKs' own suites show that they work; these hold the bytes they rely on, whatever SDK it is.
"""

import json
from typing import Any

import pytest
import urllib3

from local.openai_standin import Answer, openai_error
from tests.contract.error_rows import ErrorRow, read_rows
from tests.contract.sdk_stacks import PAGE, Provoked, SdkStacks
from tests.contract.test_openai_sdk import RICH, TRANSCRIPTION, WORKING

ROWS = {row.name: row for row in read_rows()}
OURS = [pytest.param(row, id=row.name) for row in ROWS.values() if row.by == "function"]
JSON = {"content-type": "application/json"}
# What the three SDKs send beside the body, and what their users add; names as on the wire.
OF_SDKS = (
    "authorization",
    "content-type",
    "openai-beta",
    "openai-organization",
    "openai-project",
    "openai-safety-identifier",
    "x-stainless-arch",
    "x-stainless-async",
    "x-stainless-lang",
    "x-stainless-os",
    "x-stainless-package-version",
    "x-stainless-raw-response",
    "x-stainless-read-timeout",
    "x-stainless-retry-count",
    "x-stainless-runtime",
    "x-stainless-runtime-version",
    "x-stainless-timeout",
)


def post(
    given: Provoked, body: object = None, path: str = "/realtime/client_secrets", **headers: str
) -> urllib3.BaseHTTPResponse:
    return urllib3.request(
        "POST",
        given.base_url + path,
        body=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {given.api_key}", **JSON, **headers},
        retries=False,
        redirect=False,
    )


@pytest.fixture
def given(sdk_stacks: SdkStacks) -> Provoked:
    return sdk_stacks.provoke(WORKING)


def answer_to(stacks: SdkStacks, row: ErrorRow) -> urllib3.BaseHTTPResponse:
    given = stacks.provoke(row)
    return post(given, given.body)


@pytest.mark.parametrize("path", ["", "?api-version=2026-01-01&mine=1"])
@pytest.mark.parametrize("base_path", ["/v1", "/default/v1"])
def test_1_it_serves_the_path_below_its_base_urls_and_ignores_the_query(
    sdk_stacks: SdkStacks, base_path: str, path: str
) -> None:
    given = sdk_stacks.provoke(ErrorRow(**{**vars(WORKING), "base_path": base_path}))

    answer = post(given, {}, f"/realtime/client_secrets{path}")

    assert answer.status == 200
    assert [one.path for one in sdk_stacks.openai.requests] == ["/v1/realtime/client_secrets"]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        pytest.param(b"{}", {}, id="empty-object"),
        pytest.param(None, {}, id="absent"),
        pytest.param(b"", {}, id="empty"),
        pytest.param(b'{"expires_after":null}', {"expires_after": None}, id="null-expires_after"),
        pytest.param(b'{"session":null}', {"session": None}, id="null-session"),
    ],
)
def test_2_it_takes_an_empty_body_no_body_and_null(
    given: Provoked, sdk_stacks: SdkStacks, body: bytes | None, sent: object
) -> None:
    answer = post(given, body)

    (request,) = sdk_stacks.openai.requests
    assert request.json == sent
    # What OpenAI says to null is not recorded anywhere; the stand-in's word is passed on.
    assert answer.status in (200, 400)


@pytest.mark.parametrize("name", ["openai_redirect", "unknown_profile", "gateway_404", "bug"])
def test_3_it_answers_json_and_never_redirects(sdk_stacks: SdkStacks, name: str) -> None:
    answer = answer_to(sdk_stacks, ROWS[name])

    assert not 300 <= answer.status < 400
    assert "location" not in answer.headers
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(answer.json(), dict)


def test_3_a_trailing_slash_is_not_redirected_either(given: Provoked) -> None:
    assert post(given, {}, "/realtime/client_secrets/").status in (200, 404)


@pytest.mark.parametrize("row", OURS)
def test_4_every_error_has_a_request_id_and_all_four_keys(
    sdk_stacks: SdkStacks, row: ErrorRow
) -> None:
    answer = answer_to(sdk_stacks, row)

    assert answer.headers["x-request-id"]
    assert {"message", "type", "param", "code"} <= answer.json()["error"].keys()
    assert answer.json().keys() == {"error"}


@pytest.mark.parametrize("row", OURS)
def test_5_waits_fit_every_sdk_and_what_must_not_be_retried_says_so(
    sdk_stacks: SdkStacks, row: ErrorRow
) -> None:
    answer = answer_to(sdk_stacks, row)

    headers = answer.headers
    retried_unless_told = answer.status in (408, 409, 429) or answer.status >= 500
    assert headers.get("x-should-retry") in (None, "false")
    assert row.is_retried == (retried_unless_told and "x-should-retry" not in headers)
    if row.is_retried:
        # Ruby clamps a longer wait to 8 s, Node ignores one over 60 s.
        assert float(headers.get("retry-after-ms", 0)) <= 8000
        assert float(headers.get("retry-after", 0)) <= 8


def test_6_it_tolerates_the_headers_of_every_sdk(given: Provoked, sdk_stacks: SdkStacks) -> None:
    extra = {name: "canary" for name in OF_SDKS if name not in ("authorization", "content-type")}

    answer = post(given, {}, **extra)

    assert answer.status == 200
    (request,) = sdk_stacks.openai.requests
    assert "canary" not in str(request.headers)


def test_6_a_page_may_send_the_headers_of_every_sdk(sdk_stacks: SdkStacks) -> None:
    given = sdk_stacks.provoke(ErrorRow(**{**vars(WORKING), "stack": "for_a_page"}))
    asked = {
        "origin": PAGE,
        "access-control-request-method": "POST",
        "access-control-request-headers": ",".join(OF_SDKS),
    }

    preflight = urllib3.request(
        "OPTIONS", f"{given.base_url}/realtime/client_secrets", headers=asked
    )
    answer = post(given, {}, origin=PAGE)

    assert preflight.headers["access-control-allow-origin"] == PAGE
    allowed = preflight.headers["access-control-allow-headers"].lower().split(",")
    assert set(OF_SDKS) <= {name.strip() for name in allowed}
    assert answer.headers["access-control-allow-origin"] == PAGE
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert all(name in exposed for name in ("x-request-id", "x-should-retry", "retry-after-ms"))


def test_7_a_slow_openai_is_answered_in_the_functions_time_and_is_not_asked_twice(
    sdk_stacks: SdkStacks,
) -> None:
    answer = answer_to(sdk_stacks, ROWS["openai_slow"])

    assert (answer.status, answer.headers["x-should-retry"]) == (504, "false")
    assert sdk_stacks.counts() == (1, 1)


def test_7_a_retry_of_the_sdks_is_visible_as_one(given: Provoked, sdk_stacks: SdkStacks) -> None:
    sdk_stacks.openai.script(Answer(500, openai_error("Broken.")))

    answer = post(given, {}, **{"x-stainless-retry-count": "1"})

    assert answer.status == 200
    # Upstream, the count is of the function's own attempts, not the caller's.
    counted = [one.headers["x-stainless-retry-count"] for one in sdk_stacks.openai.requests]
    assert counted == ["0", "1"]


@pytest.mark.parametrize(
    ("session", "kind"),
    [
        pytest.param(RICH, "realtime", id="realtime"),
        pytest.param(TRANSCRIPTION, "transcription", id="transcription"),
    ],
)
def test_8_the_value_is_openais_and_the_session_is_whole(
    given: Provoked, sdk_stacks: SdkStacks, session: Any, kind: str
) -> None:
    minted = {
        "value": "ek_test_0123456789~unusual+bytes",
        "expires_at": 1756310470,
        "session": {
            "type": kind,
            "id": "sess_test",
            "object": "realtime.session",
            "audio": {"input": {"format": {"type": "audio/pcm", "rate": 24000}}},
        },
    }
    sdk_stacks.openai.script(Answer(200, minted))

    body = post(given, {"session": session}).json()

    assert body == minted
    assert isinstance(body["expires_at"], int)
