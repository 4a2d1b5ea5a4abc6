"""The official SDKs' transport tests, as far as they can hold for any implementation.

Each test bears the name of the row it stands for: of openai-ruby's `test/openai` where the section
says nothing else, of openai-python's `tests/test_client.py` where it says so. Real sockets; the
clock is injected, so nothing waits.

Rows that do not apply, and why:

- Redirects (`client_redirect_*`, `base_client_redirect_test.rb`, Python's `follow_redirects`): the
  client follows none. `test_no_redirect_is_followed` holds what those rows protect: neither key nor
  body goes anywhere else.
- Admin keys, workload identity, X.509, Azure, Bedrock, data residency: other ways to sign.
- Environment variables (`OPENAI_*`): the library reads none but the proxies.
- Streams, pagination, multipart, one-shot bodies, non-model results: this endpoint has none.
- `with_options`, loggers, `on_retry`, configurators, custom transports: not part of this library.
- Python's 120 s and Node's 60 s rules for `retry-after`: Ruby's clamp at 8 s is the one we keep.
- Wrapping a bad answer lazily (`StringIO`, `ConversionError`): a 2xx without a secret is an error.
"""

import json
import time
import traceback
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from openai_realtime import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    Client,
    ClientSecrets,
    ConflictError,
    Credentials,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RetryPolicy,
    UnprocessableEntityError,
)
from openai_realtime.errors import status_error
from tests.clocks import FakeClock
from tests.raw_server import RawServer, Reply, refusing_port
from tests.replies import drip, head, raw, reply

API_KEY = "sk-test-canary-0123456789"
SECRET = {"value": "ek_test_canary", "expires_at": 1_800_000_600, "session": {"type": "realtime"}}
MINTED = reply(200, SECRET)
BODY = json.dumps(SECRET).encode()
FAILED = reply(500, {"error": {"message": "no"}})


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def client_secrets(server: RawServer, **arguments: Any) -> ClientSecrets:
    arguments.setdefault("clock", FakeClock())
    arguments.setdefault("base_url", server.base_url)
    return ClientSecrets(Client(arguments.pop("api_key", API_KEY), **arguments))


def failure(server: RawServer, create: Any = None, **arguments: Any) -> Any:
    """The error of one call."""
    with pytest.raises((APIConnectionError, APIStatusError)) as raised:
        client_secrets(server, **arguments).create(**(create or {}))
    return raised.value


def slept_after(*replies: Reply, **arguments: Any) -> list[float]:
    """How long the client waited between its attempts, until one succeeded."""
    clock = FakeClock()
    with RawServer(*replies, MINTED) as server:
        client_secrets(server, clock=clock, **arguments).create()
    return clock.sleeps


# ---- client_test.rb ----------------------------------------------------------------------------


def test_client_auth_with_normal_api_key() -> None:
    with RawServer(MINTED) as server:
        client_secrets(server).create()

    assert server.requests[0].headers["authorization"] == f"Bearer {API_KEY}"


def test_a_key_of_azure_goes_into_its_own_header() -> None:
    with RawServer(MINTED) as server:
        client_secrets(server, auth_header="api-key").create()

    assert server.requests[0].headers["api-key"] == API_KEY
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("api_key", ["", " ", "\n", None, 5, b"sk-test"], ids=repr)
def test_client_auth_requires_at_least_one_credential(api_key: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="api_key"):
        Client(api_key)


def test_client_default_headers_are_sent_with_requests() -> None:
    with RawServer(MINTED) as server:
        client_secrets(server, default_headers={"X-Trace": "one", "x-trace": "two"}).create()

    sent = server.requests[0]
    assert [value for name, value in sent.header_list if name == "x-trace"] == ["two"]


def test_client_default_headers_are_isolated_between_clients() -> None:
    mine = {"x-mine": "1"}
    with RawServer(MINTED) as server:
        first = client_secrets(server, default_headers=mine)
        second = client_secrets(server, default_headers={"x-other": "2"})
        mine["x-late"] = "3"
        first.create()
        second.create()

    assert server.requests[0].headers["x-mine"] == "1"
    assert "x-late" not in server.requests[0].headers
    assert "x-mine" not in server.requests[1].headers


def test_explicit_default_headers_override_or_remove_environment_headers() -> None:
    with RawServer(MINTED) as server:
        client_secrets(
            server,
            organization="org-one",
            project="proj-one",
            default_headers={"OpenAI-Organization": "org-two", "OpenAI-Project": None},
        ).create()

    assert server.requests[0].headers["openai-organization"] == "org-two"
    assert "openai-project" not in server.requests[0].headers


def test_organization_and_project_options_are_sent() -> None:
    with RawServer(MINTED) as server:
        client_secrets(server, organization="org-one", project="proj-one").create()

    assert server.requests[0].headers["openai-organization"] == "org-one"
    assert server.requests[0].headers["openai-project"] == "proj-one"


def test_credentials_of_a_provider_bring_their_organization_and_project() -> None:
    class Provider:
        def current(self) -> Credentials:
            return Credentials(API_KEY, "org-key", "proj-key")

        refresh = current

    with RawServer(MINTED) as server:
        client_secrets(server, api_key=Provider(), organization="org-client").create()

    assert server.requests[0].headers["openai-organization"] == "org-key"
    assert server.requests[0].headers["openai-project"] == "proj-key"


def test_request_headers_override_or_remove_client_default_headers() -> None:
    options: Any = {"extra_headers": {"X-Keep": "new", "X-DROP": None, "x-empty": ""}}
    with RawServer(MINTED) as server:
        defaults = {"x-keep": "old", "x-drop": "1", "x-empty": "1", "x-stay": "1"}
        client_secrets(server, default_headers=defaults).create(request_options=options)

    sent = server.requests[0].headers
    assert sent["x-keep"] == "new"
    assert sent["x-stay"] == "1"
    assert "x-drop" not in sent
    assert "x-empty" not in sent


def test_client_default_headers_do_not_override_authentication_or_request_headers() -> None:
    with RawServer(MINTED) as server:
        defaults = {"Authorization": "Bearer other", "x-of": "client"}
        client_secrets(server, default_headers=defaults).create(
            request_options={"extra_headers": {"x-of": "request"}}
        )

    assert server.requests[0].headers["authorization"] == f"Bearer {API_KEY}"
    assert server.requests[0].headers["x-of"] == "request"


def test_request_id_on_successful_response() -> None:
    with RawServer(reply(200, SECRET, {"X-Request-Id": "req_1"})) as server:
        client_secret = client_secrets(server).create()

    assert client_secret.request_id == "req_1"
    assert "request_id" not in client_secret.body
    assert "request_id" not in client_secret.session


def test_request_id_on_error_response() -> None:
    with RawServer(reply(400, {"error": {}}, {"x-request-id": "req_2"})) as server:
        error = failure(server)

    assert error.request_id == "req_2"


@pytest.mark.parametrize(
    ("of_client", "of_request", "attempts"),
    [
        pytest.param({}, {}, 3, id="client_default_request_default_retry_attempts"),
        pytest.param({"max_retries": 3}, {}, 4, id="client_given_request_default_retry_attempts"),
        pytest.param({}, {"max_retries": 3}, 4, id="client_default_request_given_retry_attempts"),
        pytest.param(
            {"max_retries": 3},
            {"max_retries": 4},
            5,
            id="client_given_request_given_retry_attempts",
        ),
        pytest.param({"max_retries": 0}, {}, 1, id="none_by_the_client"),
        pytest.param({"max_retries": 3}, {"max_retries": 0}, 1, id="none_by_the_request"),
    ],
)
def test_retry_attempts(of_client: Any, of_request: Any, attempts: int) -> None:
    with RawServer(FAILED) as server:
        error = failure(server, {"request_options": of_request}, **of_client)

    assert len(server.requests) == attempts
    assert error.retries_taken == attempts - 1


def test_client_retry_after_seconds() -> None:
    assert slept_after(reply(500, b"", {"retry-after": "1.3"})) == [1.3]


def test_client_retry_after_date() -> None:
    date = formatdate(FakeClock().time() + 10, usegmt=True)

    assert slept_after(reply(500, b"", {"retry-after": date})) == [8.0]


def test_a_retry_after_date_within_the_limit_is_waited_for() -> None:
    date = formatdate(FakeClock().time() + 3, usegmt=True)

    assert slept_after(reply(500, b"", {"retry-after": date})) == [3.0]


def test_client_retry_after_ms() -> None:
    assert slept_after(reply(500, b"", {"retry-after-ms": "1300"})) == [1.3]


def test_retry_count_header() -> None:
    with RawServer(FAILED, FAILED, MINTED) as server:
        client_secret = client_secrets(server).create()

    counts = [sent.headers["x-stainless-retry-count"] for sent in server.requests]
    assert counts == ["0", "1", "2"]
    assert client_secret.retries_taken == 2


@pytest.mark.parametrize("options", ["extra_headers", "default_headers"])
def test_omit_retry_count_header(options: str) -> None:
    removed: Any = {"X-Stainless-Retry-Count": None}
    of_client = {options: removed} if options == "default_headers" else {}
    of_request: Any = {options: removed} if options == "extra_headers" else {}
    with RawServer(FAILED, FAILED, MINTED) as server:
        client_secrets(server, **of_client).create(request_options=of_request)

    assert len(server.requests) == 3
    assert not any("x-stainless-retry-count" in sent.headers for sent in server.requests)


def test_overwrite_retry_count_header() -> None:
    options: Any = {"extra_headers": {"x-stainless-retry-count": "42"}}
    with RawServer(FAILED, FAILED, MINTED) as server:
        client_secrets(server).create(request_options=options)

    counts = [sent.headers["x-stainless-retry-count"] for sent in server.requests]
    assert counts == ["42", "42", "42"]


def test_default_headers() -> None:
    with RawServer(MINTED) as server:
        client_secrets(server).create(session={"type": "realtime"})

    sent = server.requests[0]
    assert sent.method == "POST"
    assert sent.target == "/v1/realtime/client_secrets"
    assert sent.headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "authorization": f"Bearer {API_KEY}",
        "content-type": "application/json",
        "content-length": str(len(sent.body)),
        "user-agent": sent.headers["user-agent"],
        "x-stainless-retry-count": "0",
    }
    assert sent.headers["user-agent"].startswith("openai-realtime-client-secrets/")


# ---- redirects: client_redirect_*, base_client_redirect_test.rb --------------------------------


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 306, 307, 308, 399])
@pytest.mark.parametrize("target", ["elsewhere", "same_origin", "loop", "no_location", "scheme"])
def test_no_redirect_is_followed(status: int, target: str) -> None:
    with RawServer(MINTED) as elsewhere, RawServer() as server:
        locations = {
            "elsewhere": {"location": f"{elsewhere.base_url}/realtime/client_secrets"},
            "same_origin": {"location": "/v1/other"},
            "loop": {"location": f"{server.base_url}/realtime/client_secrets"},
            "no_location": {},
            "scheme": {"location": "ftp://example.invalid/"},
        }
        server.answer_with(reply(status, b"", locations[target]))
        with pytest.raises(APIStatusError) as raised:
            client_secrets(server).create(session={"tools": [{"authorization": "canary"}]})

    assert raised.value.status_code == status
    assert type(raised.value) is APIStatusError
    assert len(server.requests) == 1
    assert elsewhere.connections == 0


# ---- internal/transport/base_client_retry_test.rb ----------------------------------------------

AN_ERROR = status_error(500, body=None, headers={})


def delay_s(retry: int = 0, *, random: float = 0.0, **policy: Any) -> float:
    return RetryPolicy(**policy).delay_s(AN_ERROR, retry, now=0, random=random)


def asked_s(headers: dict[str, str], **policy: Any) -> float:
    error = status_error(429, body=None, headers=headers)
    return RetryPolicy(**policy).delay_s(error, 0, now=1_800_000_000, random=0)


def test_first_retry_uses_configured_initial_delay() -> None:
    assert delay_s() == 0.5
    assert delay_s(initial_delay_s=0.2) == 0.2


def test_backoff_grows_exponentially_and_respects_configured_maximum() -> None:
    delays = [delay_s(retry, initial_delay_s=1.25, max_delay_s=3) for retry in range(4)]

    assert delays == [1.25, 2.5, 3.0, 3.0]


def test_jitter_is_applied_after_capping_exponential_backoff() -> None:
    assert delay_s(0, random=1) == 0.375
    assert delay_s(10, random=1) == 6.0
    assert delay_s(5_000, random=1) == 6.0


def test_zero_configured_backoff_remains_supported() -> None:
    assert delay_s(initial_delay_s=0, max_delay_s=0) == 0
    assert asked_s({"retry-after": "5"}, initial_delay_s=0, max_delay_s=0) == 0


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("-5", id="negative"),
        pytest.param("1e999", id="non_finite"),
        pytest.param("nan", id="not_a_number"),
        pytest.param("soon", id="malformed"),
        pytest.param("5abc", id="malformed_after_a_number"),
        pytest.param("", id="empty"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 GMT", id="expired_date"),
        pytest.param("Fri, 31 Dec 100000 23:59:59 GMT", id="a_year_no_calendar_has"),
        pytest.param("Mon, 99 Foo 2027 25:61:61 GMT", id="no_date"),
    ],
)
@pytest.mark.parametrize("header", ["retry-after", "retry-after-ms"])
def test_retry_after_that_cannot_be_obeyed_falls_back_to_the_backoff(
    header: str, value: str
) -> None:
    assert asked_s({header: value}) == 0.5


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"retry-after": "60"}, id="seconds"),
        pytest.param({"retry-after-ms": "60000"}, id="milliseconds"),
        pytest.param({"retry-after": formatdate(1_800_000_060, usegmt=True)}, id="date"),
    ],
)
def test_retry_after_values_are_capped_at_configured_maximum(headers: dict[str, str]) -> None:
    assert asked_s(headers, max_delay_s=2.5) == 2.5


def test_valid_millisecond_header_takes_precedence_over_retry_after() -> None:
    assert asked_s({"retry-after-ms": "1250", "retry-after": "3"}) == 1.25


@pytest.mark.parametrize("milliseconds", ["-1000", "1e999", "soon"])
def test_invalid_millisecond_header_falls_back_to_valid_retry_after(milliseconds: str) -> None:
    assert asked_s({"retry-after-ms": milliseconds, "retry-after": "3"}) == 3.0


@pytest.mark.parametrize("header", ["retry-after", "retry-after-ms"])
def test_zero_retry_after_remains_immediate(header: str) -> None:
    assert asked_s({header: "0"}) == 0


def test_negative_retry_after_retries_and_reports_actual_delay() -> None:
    (slept,) = slept_after(reply(429, b"", {"retry-after": "-1"}))

    assert 0.375 <= slept <= 0.5


# ---- C.6: which failures are retried -----------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "retried"),
    [(status, True) for status in (408, 409, 429, 500, 501, 502, 503, 504, 529, 599)]
    + [(status, False) for status in (307, 400, 401, 402, 403, 404, 405, 410, 413, 418, 422, 428)],
)
def test_retried_statuses(status: int, retried: bool) -> None:
    with RawServer(reply(status), MINTED) as server:
        if retried:
            assert client_secrets(server).create().retries_taken == 1
        else:
            with pytest.raises(APIStatusError):
                client_secrets(server).create()

    assert len(server.requests) == (2 if retried else 1)


@pytest.mark.parametrize("spelling", ["true", "TRUE", "True"])
def test_x_should_retry_true_overrides_the_status(spelling: str) -> None:
    with RawServer(reply(404, b"", {"X-Should-Retry": spelling}), MINTED) as server:
        client_secrets(server).create()

    assert len(server.requests) == 2


@pytest.mark.parametrize("spelling", ["false", "FALSE", "False"])
def test_x_should_retry_false_overrides_the_status(spelling: str) -> None:
    with RawServer(reply(500, b"", {"X-Should-Retry": spelling}), MINTED) as server:
        failure(server)

    assert len(server.requests) == 1


def test_an_idempotency_key_of_the_client_is_kept() -> None:
    with RawServer(MINTED) as server:
        client_secrets(server, default_headers={"Idempotency-Key": "mine"}).create()

    assert server.requests[0].headers["idempotency-key"] == "mine"


def test_any_other_x_should_retry_is_ignored() -> None:
    with RawServer(reply(500, b"", {"x-should-retry": "perhaps"}), MINTED) as server:
        client_secrets(server).create()

    assert len(server.requests) == 2


def test_x_should_retry_counts_for_nothing_where_the_policy_says_so() -> None:
    policy = RetryPolicy(obey_x_should_retry=False)
    with RawServer(reply(404, b"", {"x-should-retry": "true"}), MINTED) as server:
        failure(server, retry_policy=policy)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "code",
    [
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_usage_limit_exceeded",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
    ],
)
def test_a_429_that_means_money_is_never_retried(code: str) -> None:
    with RawServer(reply(429, {"error": {"code": code}}, {"x-should-retry": "true"})) as server:
        error = failure(server)

    assert len(server.requests) == 1
    assert error.code == code


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "slow_down", None])
def test_a_429_that_passes_is_retried(code: str | None) -> None:
    with RawServer(reply(429, {"error": {"code": code}}), MINTED) as server:
        client_secrets(server).create()

    assert len(server.requests) == 2


# ---- internal/transport/base_client_origin_test.rb ---------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("https://example.invalid/steal", id="absolute"),
        pytest.param("//example.invalid/steal", id="protocol_relative"),
        pytest.param("@example.invalid/steal", id="userinfo_tricked"),
        pytest.param(":81/steal", id="other_port"),
        pytest.param("ftp://example.invalid/", id="other_scheme"),
    ],
)
def test_no_path_leaves_the_base_origin(path: str) -> None:
    with RawServer(MINTED) as server:
        Client(API_KEY, base_url=server.base_url, clock=FakeClock()).request("POST", path, {})

    assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert server.requests[0].target.startswith("/v1/")


def test_wire_format_of_query_headers_and_body_merge() -> None:
    options: Any = {
        "extra_query": {"a": ["1", "2"], "b": "x y&z", "c": 3, "d": True},
        "extra_headers": {"X-One": " padded "},
        "extra_body": {"session": {"audio": {"input": None}, "list": [3]}, "new": "ä"},
        "idempotency_key": "idem-1",
    }
    session = {"type": "realtime", "audio": {"input": {"x": 1}, "output": {"y": 2}}, "list": [1, 2]}
    with RawServer(FAILED, MINTED) as server:
        client_secrets(server).create(session=session, request_options=options)

    sent, again = server.requests
    assert sent.target == "/v1/realtime/client_secrets?a=1&a=2&b=x+y%26z&c=3&d=true"
    assert sent.headers["x-one"] == "padded"
    assert sent.headers["idempotency-key"] == again.headers["idempotency-key"] == "idem-1"
    assert sent.body.decode() == (
        '{"session":{"type":"realtime","audio":{"input":null,"output":{"y":2}},"list":[3]},'
        '"new":"ä"}'
    )
    assert again.body == sent.body


# ---- client_authentication_test.rb, auth/workload_identity_test.rb -----------------------------


class Keys:
    """A provider that counts; the keys it gives, and those it gives after a refusal."""

    def __init__(self, *given: str, refreshed: str | Exception = "") -> None:
        self.given = list(given)
        self.refreshed = refreshed
        self.asked = self.refreshes = 0

    def current(self) -> str:
        self.asked += 1
        return self.given.pop(0) if len(self.given) > 1 else self.given[0]

    def refresh(self) -> str:
        self.refreshes += 1
        if isinstance(self.refreshed, Exception):
            raise self.refreshed
        return self.refreshed


REFUSED = reply(401, {"error": {"code": "invalid_api_key"}})


def keys_sent(server: RawServer) -> list[str]:
    return [
        sent.headers.get("authorization", "").removeprefix("Bearer ") for sent in server.requests
    ]


def test_extra_headers_authorization_wins() -> None:
    keys = Keys("sk-test-a", refreshed="sk-test-b")
    with RawServer(REFUSED) as server, pytest.raises(AuthenticationError):
        client_secrets(server, api_key=keys).create(
            request_options={"extra_headers": {"Authorization": "Bearer mine"}}
        )

    assert keys_sent(server) == ["mine"]
    assert keys.refreshes == 0


def test_single_401_replay_with_new_token() -> None:
    keys = Keys("sk-test-a", refreshed="sk-test-b")
    with RawServer(REFUSED, MINTED) as server:
        client_secret = client_secrets(server, api_key=keys).create()

    assert keys_sent(server) == ["sk-test-a", "sk-test-b"]
    assert client_secret.retries_taken == 1
    counts = [sent.headers["x-stainless-retry-count"] for sent in server.requests]
    assert counts == ["0", "1"]


def test_a_second_401_is_not_replayed() -> None:
    keys = Keys("sk-test-a", refreshed="sk-test-b")
    with RawServer(REFUSED) as server, pytest.raises(AuthenticationError) as raised:
        client_secrets(server, api_key=keys).create()

    assert keys_sent(server) == ["sk-test-a", "sk-test-b"]
    assert raised.value.retries_taken == 1


def test_the_replay_happens_once_for_the_whole_call() -> None:
    keys = Keys("sk-test-a", "sk-test-c", refreshed="sk-test-b")
    with RawServer(REFUSED, FAILED, REFUSED) as server, pytest.raises(AuthenticationError):
        client_secrets(server, api_key=keys).create()

    assert keys_sent(server) == ["sk-test-a", "sk-test-b", "sk-test-c"]
    assert keys.refreshes == 1


def test_a_401_with_the_same_key_after_refresh_is_final() -> None:
    keys = Keys("sk-test-a", refreshed="sk-test-a")
    with RawServer(REFUSED) as server, pytest.raises(AuthenticationError):
        client_secrets(server, api_key=keys).create()

    assert len(server.requests) == 1


def test_a_provider_that_fails_to_refresh_tells_why_itself() -> None:
    keys = Keys("sk-test-a", refreshed=LookupError("no key"))
    with RawServer(REFUSED) as server, pytest.raises(LookupError, match="no key"):
        client_secrets(server, api_key=keys).create()

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
def test_no_other_status_refreshes_the_key(status: int) -> None:
    keys = Keys("sk-test-a", refreshed="sk-test-b")
    with RawServer(reply(status)) as server, pytest.raises(APIStatusError):
        client_secrets(server, api_key=keys).create()

    assert keys.refreshes == 0


# ---- errors_test.rb, C.9 -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (418, APIStatusError),
        (422, UnprocessableEntityError),
        (429, RateLimitError),
        (500, InternalServerError),
        (599, InternalServerError),
    ],
)
def test_class_per_status(status: int, error_class: type[APIStatusError]) -> None:
    with RawServer(reply(status)) as server, pytest.raises(APIStatusError) as raised:
        client_secrets(server, max_retries=0).create()

    assert type(raised.value) is error_class
    assert raised.value.status_code == status


def test_nested_error_fields_are_read_and_the_body_kept() -> None:
    error = {"message": "No.", "type": "invalid_request_error", "param": "session", "code": "bad"}
    with RawServer(reply(400, {"error": error}, {"X-Other": "1"})) as server:
        refused = failure(server)

    assert (refused.message, refused.type, refused.param, refused.code) == tuple(error.values())
    assert refused.body == {"error": error}
    assert refused.headers["x-other"] == "1"


def test_message_contains_no_query_userinfo_body_or_words_of_openai() -> None:
    error = {"message": "Incorrect API key provided: sk-canary", "code": "invalid_api_key"}
    with RawServer(reply(401, {"error": error})) as server:
        options = {"extra_query": {"q": "canary"}}
        error = failure(server, {"session": {"x": "canary"}, "request_options": options})

    assert str(error) == "Status 401: code invalid_api_key"


@pytest.mark.parametrize(
    "body", [b"<html>no</html>", b"", b"[]", b'{"error": "x"}', b'{"error": {"code": 5}}', b"\xff"]
)
def test_an_error_body_of_any_shape_leaves_the_status(body: bytes) -> None:
    with RawServer(reply(400, body)) as server, pytest.raises(BadRequestError) as raised:
        client_secrets(server).create()

    assert (raised.value.code, raised.value.message) == (None, None)


# ---- http_client_test.rb, net_http_client_timeout_test.rb, response_metadata_test.rb -----------


def test_500_then_200_is_retried() -> None:
    with RawServer(FAILED, MINTED) as server:
        assert client_secrets(server).create().value == SECRET["value"]


def test_connection_error_is_retried() -> None:
    with RawServer(raw(b"", then="reset"), MINTED) as server:
        client_secret = client_secrets(server).create()

    assert client_secret.retries_taken == 1


def test_connection_error_after_the_last_retry_says_how_often() -> None:
    clock = FakeClock()
    with refusing_port() as port, RawServer() as server:
        error = failure(server, base_url=f"http://127.0.0.1:{port}", clock=clock)

    assert error.request_sent is False
    assert error.retries_taken == 2
    assert len(clock.sleeps) == 2


def test_malformed_http_is_a_connection_error_with_its_kind() -> None:
    with RawServer(raw(b"canary: this is not HTTP\r\n\r\n")) as server:
        error = failure(server, max_retries=0)

    assert type(error) is APIConnectionError
    assert error.request_sent is True
    assert str(error) == "Connection error: the answer is not HTTP."
    assert "canary" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("option", ["timeout", "total_timeout"])
@pytest.mark.parametrize("seconds", [0, 0.0, -1])
def test_expired_deadline_sends_nothing(option: Any, seconds: Any) -> None:
    with RawServer(MINTED) as server:
        error = failure(server, {"request_options": {option: seconds}})

    assert isinstance(error, APITimeoutError)
    assert error.request_sent is False
    assert server.connections == 0


def test_expired_deadline_sends_nothing_on_a_connection_kept_alive() -> None:
    with RawServer(MINTED) as server:
        resource = client_secrets(server, max_retries=0)
        resource.create()
        with pytest.raises(APITimeoutError) as raised:
            resource.create(request_options={"timeout": 0})

    assert raised.value.request_sent is False
    assert len(server.requests) == 1


def test_what_an_earlier_attempt_may_have_done_is_not_forgotten() -> None:
    failed, refused = reply(503), reply(429)
    with RawServer(failed, refused) as server:
        assert failure(server, max_retries=1).may_have_acted is True
    with RawServer(refused, refused) as server:
        assert failure(server, max_retries=1).may_have_acted is False
    with RawServer(refused, failed) as server:
        assert failure(server, max_retries=1).may_have_acted is True


def test_close_then_reuse() -> None:
    with RawServer(MINTED) as server:
        client = Client(API_KEY, base_url=server.base_url)
        ClientSecrets(client).create()
        client.close()
        assert server.open_connections == 0
        ClientSecrets(client).create()

    assert server.connections == 2


def test_nil_timeout_disables_the_deadline() -> None:
    with RawServer(MINTED) as server:
        clock = FakeClock()
        client_secrets(server, timeout=None, clock=clock).create()
        clock.advance(10)
        client_secrets(server, clock=clock).create(request_options={"timeout": None})

    assert len(server.requests) == 2


def test_metadata_has_lower_case_names() -> None:
    with RawServer(reply(400, b"", {"X-MiXed": "One"})) as server:
        error = failure(server)

    assert error.headers["x-mixed"] == "One"
    assert error.request_id is None


def test_bare_create_gives_a_typed_response() -> None:
    with RawServer(MINTED) as server:
        client_secret = client_secrets(server).create()

    assert server.requests[0].body == b"{}"
    assert client_secret.value == "ek_test_canary"
    assert client_secret.expires_at == 1_800_000_600
    assert client_secret.session == {"type": "realtime"}


# ---- tests/test_client.py (Python) -------------------------------------------------------------


def test_api_key_refresh_on_retry() -> None:
    keys = Keys("sk-test-a", "sk-test-b", "sk-test-c")
    with RawServer(FAILED, FAILED, MINTED) as server:
        client_secrets(server, api_key=keys).create()

    assert keys_sent(server) == ["sk-test-a", "sk-test-b", "sk-test-c"]


def test_validate_headers() -> None:
    with RawServer(MINTED) as server:
        client_secrets(server).create(request_options={"extra_headers": {"authorization": None}})

    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("max_retries", [None, 1.0, "1", True])
def test_client_max_retries_validation(max_retries: Any) -> None:
    with pytest.raises(TypeError, match="max_retries"):
        Client(API_KEY, max_retries=max_retries)


def test_client_response_validation_error() -> None:
    html = reply(200, b"<html>hello</html>", {"Content-Type": "text/html"})
    with RawServer(html) as server, pytest.raises(APIResponseValidationError):
        client_secrets(server).create()

    assert len(server.requests) == 1


def test_received_json_of_another_content_type_is_read() -> None:
    with RawServer(reply(200, SECRET, {"Content-Type": "text/plain"})) as server:
        assert client_secrets(server).create().value == SECRET["value"]


@pytest.mark.parametrize("failures", [0, 2, 4])
def test_retries_taken(failures: int) -> None:
    with RawServer(*[FAILED] * failures, MINTED) as server:
        client_secret = client_secrets(server, max_retries=4).create()

    assert client_secret.retries_taken == failures
    assert server.requests[-1].headers["x-stainless-retry-count"] == str(failures)


TOO_LONG = raw(head(500, {"Content-Length": "3000000"}) + b"x" * 2_000_000, then="hang")


@pytest.mark.parametrize("failure", [FAILED, reply(429), raw(b"", then="reset"), TOO_LONG])
def test_retrying_errors_does_not_leak(failure: Reply) -> None:
    with RawServer(failure) as server:
        resource = client_secrets(server)
        for _ in range(3):
            with pytest.raises((APIStatusError, APIConnectionError)):
                resource.create()

        assert server.open_connections <= 1


@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_base_url_trailing_slash(slash: str) -> None:
    with RawServer(MINTED) as server:
        client_secrets(server, base_url=server.base_url + slash).create()

    assert server.requests[0].target == "/v1/realtime/client_secrets"


def test_request_timeout_default_is_ten_minutes() -> None:
    clock = FakeClock()
    answer = head(200, {"Content-Length": str(len(BODY))}) + BODY

    def by(pause_s: float) -> Callable[[], None]:
        def pause() -> None:
            clock.advance(pause_s)
            # So that the client reads each byte by itself.
            time.sleep(0.001)

        return pause

    with RawServer(drip(answer, pause=by(590 / len(answer)))) as server:
        client_secrets(server, clock=clock).create()
    with RawServer(drip(answer, pause=by(650 / len(answer)))) as server:
        assert isinstance(failure(server, clock=clock, max_retries=0), APITimeoutError)
