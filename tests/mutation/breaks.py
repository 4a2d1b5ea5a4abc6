"""For every row of the SDKs' checklists, one line of the library that makes its test fail.

    python -m tests.mutation.breaks

Applies each break to a copy of the library and runs the tests that stand beside it: every one of
them has to fail. Each test of tests/contract/test_transport.py stands beside one break at least.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers" / "realtime" / "openai_realtime"
ROWS = ROOT / "tests" / "contract" / "test_transport.py"


@dataclass(frozen=True)
class Break:
    """One line, wrong.

    Attributes:
        name: What the break makes the library do.
        module: Of openai_realtime.
        line: Occurs once in it.
        broken: Stands in its place.
        tests: Fail because of it, each by itself.
    """

    name: str
    module: str
    line: str
    broken: str
    tests: tuple[str, ...]


BREAKS = (
    Break(
        "sign with another scheme than Bearer",
        "client",
        'scheme = "Bearer " if self._client._auth_header == "authorization" else ""',
        'scheme = ""',
        ("client_auth_with_normal_api_key",),
    ),
    Break(
        "say Bearer to Azure, too",
        "client",
        'scheme = "Bearer " if self._client._auth_header == "authorization" else ""',
        'scheme = "Bearer "',
        ("a_key_of_azure_goes_into_its_own_header",),
    ),
    Break(
        "accept any credential",
        "credentials",
        "if not _VISIBLE_ASCII.fullmatch(stripped):",
        "if False:",
        ("client_auth_requires_at_least_one_credential",),
    ),
    Break(
        "tell header names apart by case",
        "wire",
        "checked[name.lower()] = value and value.strip()",
        "checked[name] = value and value.strip()",
        (
            "client_default_headers_are_sent_with_requests",
            "request_headers_override_or_remove_client_default_headers",
            "omit_retry_count_header",
        ),
    ),
    Break(
        "keep the caller's own headers object",
        "client",
        ' | wire.checked_headers(checked_mapping("default_headers", default_headers or {}))',
        " if default_headers is None else default_headers",
        ("client_default_headers_are_isolated_between_clients",),
    ),
    Break(
        "let nothing remove a header",
        "client",
        "return {name: value for name, value in merged.items() if value}",
        'return {name: value or "1" for name, value in merged.items()}',
        (
            "explicit_default_headers_override_or_remove_environment_headers",
            "omit_retry_count_header",
            "validate_headers",
            "default_headers",
        ),
    ),
    Break(
        "forget organization and project",
        "client",
        '{"openai-organization": organization, "openai-project": project}',
        "{}",
        ("organization_and_project_options_are_sent",),
    ),
    Break(
        "forget organization and project of a key",
        "client",
        '"openai-organization": credentials.organization,',
        '"openai-organization": None,',
        ("credentials_of_a_provider_bring_their_organization_and_project",),
    ),
    Break(
        "remove the client's idempotency key",
        "client",
        "**{name: value for name, value in (of_key | of_call).items() if value},",
        "**(of_key | of_call),",
        ("an_idempotency_key_of_the_client_is_kept",),
    ),
    Break(
        "forget what an earlier attempt may have done",
        "client",
        "may_have_acted = error.may_have_acted = may_have_acted or error.may_have_acted",
        "pass",
        ("what_an_earlier_attempt_may_have_done_is_not_forgotten",),
    ),
    Break(
        "put the client's defaults above the credentials",
        "client",
        "**{name: value for name, value in (of_key | of_call).items() if value},",
        "**of_key, **self._client._default_headers,",
        ("client_default_headers_do_not_override_authentication_or_request_headers",),
    ),
    Break(
        "drop the request's headers",
        "client",
        '            **self._options.get("extra_headers", {}),',
        "",
        (
            "request_headers_override_or_remove_client_default_headers",
            "overwrite_retry_count_header",
            "extra_headers_authorization_wins",
            "validate_headers",
            "wire_format_of_query_headers_and_body_merge",
        ),
    ),
    Break(
        "lose the request id of an answer",
        "client_secrets",
        'request_id = answer.headers.get("x-request-id")',
        "request_id = None",
        ("request_id_on_successful_response",),
    ),
    Break(
        "lose the request id of a refusal",
        "errors",
        'request_id = self.headers.get("x-request-id")',
        "request_id = None",
        ("request_id_on_error_response",),
    ),
    Break(
        "retry once more than asked",
        "client",
        "if retry >= self._max_retries or not self._wait(error, retry):",
        "if retry > self._max_retries or not self._wait(error, retry):",
        ("retry_attempts", "connection_error_after_the_last_retry_says_how_often"),
    ),
    Break(
        "never retry",
        "client",
        "if retry >= self._max_retries or not self._wait(error, retry):",
        "if True:",
        (
            "retry_attempts",
            "retried_statuses",
            "500_then_200_is_retried",
            "connection_error_is_retried",
            "retry_count_header",
            "retries_taken",
            "a_429_that_passes_is_retried",
            "any_other_x_should_retry_is_ignored",
            "api_key_refresh_on_retry",
        ),
    ),
    Break(
        "ignore what an answer asks to wait",
        "retries",
        "asked_s = asked_delay_s(headers, now=now)",
        "asked_s = None",
        (
            "client_retry_after_seconds",
            "client_retry_after_date",
            "a_retry_after_date_within_the_limit_is_waited_for",
            "client_retry_after_ms",
            "zero_retry_after_remains_immediate",
            "valid_millisecond_header_takes_precedence_over_retry_after",
            "retry_after_values_are_capped_at_configured_maximum",
        ),
    ),
    Break(
        "wait as long as an answer asks",
        "retries",
        "return min(asked_s, self.max_delay_s)",
        "return asked_s",
        (
            "client_retry_after_date",
            "retry_after_values_are_capped_at_configured_maximum",
            "zero_configured_backoff_remains_supported",
        ),
    ),
    Break(
        "count no retries",
        "client",
        '"x-stainless-retry-count": str(self._attempts),',
        '"x-stainless-retry-count": "0",',
        ("retry_count_header", "retries_taken", "single_401_replay_with_new_token"),
    ),
    Break(
        "say nothing of what is accepted",
        "client",
        '            "accept": "application/json",',
        "",
        ("default_headers",),
    ),
    Break(
        "follow redirects, as urllib3 does by itself",
        "transport",
        "            retries=False,\n            redirect=False,",
        "            retries=3,\n            redirect=True,",
        ("no_redirect_is_followed",),
    ),
    Break(
        "take a redirect for an answer",
        "client",
        "if 200 <= answer.status_code < 300:",
        "if 200 <= answer.status_code < 400:",
        ("no_redirect_is_followed",),
    ),
    Break(
        "start with another delay",
        "retries",
        "self.initial_delay_s * 2.0 ** min(retry, 64)",
        "2 * self.initial_delay_s * 2.0 ** min(retry, 64)",
        (
            "first_retry_uses_configured_initial_delay",
            "backoff_grows_exponentially_and_respects_configured_maximum",
            "negative_retry_after_retries_and_reports_actual_delay",
        ),
    ),
    Break(
        "grow the delay without a limit",
        "retries",
        "backoff = min(self.initial_delay_s * 2.0 ** min(retry, 64), self.max_delay_s)",
        "backoff = self.initial_delay_s * 2.0 ** min(retry, 64)",
        (
            "backoff_grows_exponentially_and_respects_configured_maximum",
            "jitter_is_applied_after_capping_exponential_backoff",
        ),
    ),
    Break(
        "jitter before the cap",
        "retries",
        "return backoff * (1 - 0.25 * random)",
        "return min(self.initial_delay_s * 2.0 ** min(retry, 64) * (1 - 0.25 * random), backoff)",
        ("jitter_is_applied_after_capping_exponential_backoff",),
    ),
    Break(
        "jitter upwards",
        "retries",
        "return backoff * (1 - 0.25 * random)",
        "return backoff * (1 + 0.25 * random)",
        ("jitter_is_applied_after_capping_exponential_backoff",),
    ),
    Break(
        "obey a wait below zero",
        "retries",
        "return asked if math.isfinite(asked) and asked >= 0 else None",
        "return asked if math.isfinite(asked) else None",
        (
            "retry_after_that_cannot_be_obeyed_falls_back_to_the_backoff",
            "invalid_millisecond_header_falls_back_to_valid_retry_after",
            "negative_retry_after_retries_and_reports_actual_delay",
        ),
    ),
    Break(
        "read seconds before milliseconds",
        "retries",
        'asked = _milliseconds(headers.get("retry-after-ms"))',
        'asked = _number(headers.get("retry-after"))',
        ("valid_millisecond_header_takes_precedence_over_retry_after", "client_retry_after_ms"),
    ),
    Break(
        "take zero for no wish",
        "retries",
        "if asked_s is not None:",
        "if asked_s:",
        ("zero_retry_after_remains_immediate",),
    ),
    Break(
        "retry every refusal",
        "retries",
        "return status_code in (408, 409, 429) or status_code >= 500",
        "return True",
        ("retried_statuses",),
    ),
    Break(
        "obey x-should-retry in lower case only",
        "retries",
        'asked = error.headers.get("x-should-retry", "").lower()',
        'asked = error.headers.get("x-should-retry", "")',
        (
            "x_should_retry_true_overrides_the_status",
            "x_should_retry_false_overrides_the_status",
        ),
    ),
    Break(
        "take any x-should-retry for a no",
        "retries",
        'if self.obey_x_should_retry and asked in ("true", "false"):',
        "if self.obey_x_should_retry and asked:",
        ("any_other_x_should_retry_is_ignored",),
    ),
    Break(
        "obey x-should-retry whatever the policy says",
        "retries",
        'if self.obey_x_should_retry and asked in ("true", "false"):',
        'if asked in ("true", "false"):',
        ("x_should_retry_counts_for_nothing_where_the_policy_says_so",),
    ),
    Break(
        "retry what waiting does not mend",
        "retries",
        "if error.code in SPENT_CODES:",
        "if False:",
        ("a_429_that_means_money_is_never_retried",),
    ),
    Break(
        "join the path to the base URL as a browser would",
        "client",
        "url = f\"{self._base_url}/{path}{wire.query(options.get('extra_query', {}))}\"",
        "url = f\"{self._base_url.removesuffix('/v1')}{path}\"",
        ("no_path_leaves_the_base_origin", "wire_format_of_query_headers_and_body_merge"),
    ),
    Break(
        "replace objects of the body instead of merging them",
        "wire",
        "if isinstance(below, Mapping) and isinstance(value, Mapping):",
        "if False:",
        ("wire_format_of_query_headers_and_body_merge",),
    ),
    Break(
        "refresh a key that was not sent",
        "client",
        "            if not self._may_refresh:",
        "            if False:",
        ("extra_headers_authorization_wins", "the_replay_happens_once_for_the_whole_call"),
    ),
    Break(
        "replay with the refused key",
        "client",
        "        return self._attempt(refreshed)",
        "        return self._attempt(used)",
        ("single_401_replay_with_new_token", "a_second_401_is_not_replayed"),
    ),
    Break(
        "replay though the key is the same",
        "client",
        "            if refreshed == used:",
        "            if False:",
        ("a_401_with_the_same_key_after_refresh_is_final",),
    ),
    Break(
        "never refresh",
        "client",
        "        except AuthenticationError:",
        "        except ():",
        (
            "single_401_replay_with_new_token",
            "a_second_401_is_not_replayed",
            "the_replay_happens_once_for_the_whole_call",
            "a_provider_that_fails_to_refresh_tells_why_itself",
        ),
    ),
    Break(
        "refresh on any refusal",
        "client",
        "        except AuthenticationError:",
        "        except APIError:",
        ("no_other_status_refreshes_the_key",),
    ),
    Break(
        "ask for the key once for all attempts",
        "client",
        "used = _credentials(self._client._provider.current())",
        "used = self._used = getattr(self, '_used', None)"
        " or _credentials(self._client._provider.current())",
        ("api_key_refresh_on_retry",),
    ),
    Break(
        "give every refusal the same class",
        "errors",
        "error_class = _CLASS_OF_STATUS.get(status_code, fallback)",
        "error_class = fallback",
        ("class_per_status",),
    ),
    Break(
        "read the fields of an error from the top of the body",
        "errors",
        'error = body.get("error") if isinstance(body, dict) else None',
        "error = body",
        ("nested_error_fields_are_read_and_the_body_kept",),
    ),
    Break(
        "quote OpenAI in the text",
        "errors",
        'known = {"code": self.code, "param": self.param, "request": request_id}',
        'known = {"code": self.code, "message": self.message}',
        ("message_contains_no_query_userinfo_body_or_words_of_openai",),
    ),
    Break(
        "expect an error of every refusal",
        "errors",
        "fields: dict[str, Any] = error if isinstance(error, dict) else {}",
        "fields: dict[str, Any] = error or {}",
        ("an_error_body_of_any_shape_leaves_the_status",),
    ),
    Break(
        "say that a refused connection was sent",
        "connection",
        "        with current().connecting():",
        "        current().request_sent = True\n        with current().connecting():",
        ("connection_error_after_the_last_retry_says_how_often",),
    ),
    Break(
        "show what came instead of HTTP",
        "transport",
        'text, cause = "Connection error: the answer is not HTTP.", None',
        'text, cause = f"Connection error: the answer is not HTTP. {reason}", None',
        ("malformed_http_is_a_connection_error_with_its_kind",),
    ),
    Break(
        "send though no time is left",
        "client",
        "            raise APITimeoutError(request_sent=False)",
        "            timeout_s = None",
        (
            "expired_deadline_sends_nothing",
            "expired_deadline_sends_nothing_on_a_connection_kept_alive",
        ),
    ),
    Break(
        "close nothing",
        "transport",
        "        self._pools.clear()",
        "        pass",
        ("close_then_reuse",),
    ),
    Break(
        "take no time-out for no time",
        "attempt",
        "math.inf if timeout_s is None else clock.monotonic() + timeout_s",
        "clock.monotonic() + (timeout_s or 0)",
        ("nil_timeout_disables_the_deadline",),
    ),
    Break(
        "leave header names as they come",
        "transport",
        "headers = {name.lower(): value for name, value in response.headers.items()}",
        "headers = dict(response.headers.items())",
        (
            "metadata_has_lower_case_names",
            "request_id_on_successful_response",
            "x_should_retry_true_overrides_the_status",
        ),
    ),
    Break(
        "send null for what was not given",
        "client_secrets",
        "if not isinstance(value, Omit)}",
        "if value is not OMIT or True}",
        ("bare_create_gives_a_typed_response",),
    ),
    Break(
        "take any number of retries",
        "options",
        "if not isinstance(max_retries, int) or isinstance(max_retries, bool):",
        "if False:",
        ("client_max_retries_validation",),
    ),
    Break(
        "retry an answer without a secret",
        "client_secrets",
        'raise unusable("it is not JSON") from None',
        "return ClientSecretCreateResponse(value='', expires_at=0, session={})",
        ("client_response_validation_error",),
    ),
    Break(
        "read JSON only where it says so",
        "client_secrets",
        "    if not answer.complete:",
        '    if "json" not in answer.headers.get("content-type", ""):',
        ("received_json_of_another_content_type_is_read",),
    ),
    Break(
        "keep every socket",
        "connection",
        "sock = _Socket(family, kind, protocol)",
        "sock = _Socket(family, kind, protocol); setattr(lookup, f'_{id(sock)}', sock.dup())",
        ("retrying_errors_does_not_leak",),
    ),
    Break(
        "keep the slash of the base URL",
        "wire",
        'return base_url.rstrip("/")',
        "return base_url",
        ("base_url_trailing_slash",),
    ),
    Break(
        "wait for a minute by default",
        "client",
        "timeout: float | None = 600.0,",
        "timeout: float | None = 60.0,",
        ("request_timeout_default_is_ten_minutes",),
    ),
    Break(
        "wait for ever",
        "attempt",
        "        if left_s <= 0:",
        "        if False:",
        ("request_timeout_default_is_ten_minutes",),
    ),
)


def main() -> int:
    """Apply every break and see its tests fail."""
    rows = set(re.findall(r"^def test_(\w+)", ROWS.read_text(), re.MULTILINE))
    beside = {test for each in BREAKS for test in each.tests}
    wrong = [f"no test of this name: {test}" for test in sorted(beside - rows)]
    wrong += [f"no break stands beside {row}" for row in sorted(rows - beside)]
    with ThreadPoolExecutor(2) as pool:
        for each, passed in zip(BREAKS, pool.map(_passing, BREAKS), strict=True):
            wrong += [f"{each.name}: {test} does not fail" for test in passed]
    for line in wrong:
        print(line)
    print(f"{len(BREAKS)} breaks, {len(rows)} tests, {len(wrong)} wrong")
    return int(bool(wrong))


def _passing(each: Break) -> list[str]:
    """Of the tests beside a break, those that do not notice it."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "openai_realtime"
        shutil.copytree(LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__"))
        source = (copy / f"{each.module}.py").read_text()
        if source.count(each.line) != 1:
            return [f"(its line occurs {source.count(each.line)} times)"]
        (copy / f"{each.module}.py").write_text(source.replace(each.line, each.broken))
        failed = _failed(each.tests, directory)
        return [test for test in each.tests if test not in failed]


def _failed(tests: tuple[str, ...], directory: str) -> set[str]:
    """Of *tests*, those that fail with the library in *directory*."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest"]
    paths = f"pythonpath={directory} layers/realtime ."
    done = subprocess.run(
        [*command, "--timeout=30", "-o", paths, *(f"{ROWS}::test_{test}" for test in tests)],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return set(re.findall(r"^FAILED [^:]+::test_(\w+)", done.stdout, re.MULTILINE))


if __name__ == "__main__":
    raise SystemExit(main())
