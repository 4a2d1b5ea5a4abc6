"""The client: headers, credentials and attempts. One `Transport`, kept alive between calls."""

import time
from collections.abc import Mapping
from random import SystemRandom
from typing import Any, Literal

from openai_realtime import wire
from openai_realtime.attempt import Clock
from openai_realtime.credentials import ApiKeyProvider, Credentials, FixedApiKey, Unshown
from openai_realtime.errors import (
    APIError,
    APITimeoutError,
    AuthenticationError,
    status_error,
)
from openai_realtime.options import (
    RequestOptions,
    checked_mapping,
    checked_options,
    checked_retries,
    checked_timeout,
)
from openai_realtime.retries import RetryPolicy
from openai_realtime.transport import Answer, Transport

Method = Literal["GET", "POST", "DELETE"]
DEFAULT_BASE_URL = "https://api.openai.com/v1"
USER_AGENT = "openai-realtime-client-secrets/0.1"

# Holds no state, so that environments restored from one snapshot do not retry in step.
_random = SystemRandom()


class Client:
    """Calls OpenAI; for any number of threads, but one process: after a fork, make another.

    Args:
        api_key: The key, or a provider asked for it before every attempt. On a 401 the provider is
            asked to refresh, and the call is replayed once if its value changed.
        base_url: Where `/realtime/client_secrets` hangs; http or https, without query or fragment.
        auth_header: What takes the key: `authorization`, as `Bearer …`, or Azure's `api-key`.
        organization: `OpenAI-Organization`, where the provider names none.
        project: `OpenAI-Project`, where the provider names none.
        timeout: Seconds for one attempt; None for no limit.
        max_retries: Attempts after the first.
        default_headers: Sent with every request; credentials win over them, None removes a header.
        retry_policy: Which failures are retried; the SDKs' rule when absent.
        clock: Time; `time` itself unless a test says otherwise.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument has a value that cannot work, or the environment names a proxy that
            cannot. The text contains no credential.
    """

    def __init__(
        self,
        api_key: str | ApiKeyProvider,
        *,
        base_url: str = DEFAULT_BASE_URL,
        auth_header: Literal["authorization", "api-key"] = "authorization",
        organization: str | None = None,
        project: str | None = None,
        timeout: float | None = 600.0,
        max_retries: int = 2,
        default_headers: Mapping[str, str | None] | None = None,
        retry_policy: RetryPolicy | None = None,
        clock: Clock = time,
    ) -> None:
        self._provider = _provider(api_key)
        self._base_url = wire.checked_base_url(base_url)
        if auth_header not in ("authorization", "api-key"):
            raise ValueError("auth_header must be 'authorization' or 'api-key'.")
        self._auth_header = auth_header
        self._timeout_s = checked_timeout("timeout", timeout)
        self._max_retries = checked_retries(max_retries)
        self._default_headers = wire.checked_headers(
            {"openai-organization": organization, "openai-project": project}
        ) | wire.checked_headers(checked_mapping("default_headers", default_headers or {}))
        self._retry_policy = retry_policy or RetryPolicy()
        self._clock = clock
        self._transport = Transport(self._base_url, clock)

    def __repr__(self) -> str:
        return f"Client(base_url={self._base_url!r}, api_key=***)"

    def __reduce__(self) -> str:
        raise TypeError("A client holds a credential and a socket, and is not pickled.")

    def close(self) -> None:
        """Close the idle connections; the next call opens a new one."""
        self._transport.close()

    def request(
        self,
        method: Method,
        path: str,
        body: Mapping[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> tuple[Answer, int]:
        """Send one request, with retries.

        Args:
            method: In upper case.
            path: Relative to the base URL, percent-encoded.
            body: A JSON object; None sends no body, and no `extra_body` either.
            options: Overrides for this call.

        Returns:
            The 2xx answer, and how many retries it took.

        Raises:
            APIStatusError: OpenAI answered with another status.
            APITimeoutError: No whole answer in time.
            APIConnectionError: No answer.
            TypeError: An unknown option, or one of the wrong type.
            ValueError: A header or a number that cannot be sent.
        """
        options = checked_options(options)
        content = None if body is None else wire.encode(body, options.get("extra_body", {}))
        url = f"{self._base_url}/{path}{wire.query(options.get('extra_query', {}))}"
        return _Call(self, method, url, content, options).run()


class _Call:
    """The attempts of one call."""

    def __init__(
        self,
        client: Client,
        method: Method,
        url: str,
        content: bytes | None,
        options: RequestOptions,
    ) -> None:
        self._client = client
        self._method = method
        self._url = url
        self._content = content
        self._options = options
        self._clock = client._clock
        total_s = options.get("total_timeout")
        self._deadline = None if total_s is None else self._clock.monotonic() + total_s
        self._max_retries = options.get("max_retries", client._max_retries)
        self._attempts = 0
        # Another key changes nothing where this call brings its own authorization.
        self._may_refresh = client._auth_header not in options.get("extra_headers", {})

    def run(self) -> tuple[Answer, int]:
        retry, may_have_acted = 0, False
        while True:
            try:
                return self._authenticated_attempt(), self._attempts - 1
            except APIError as error:
                error.retries_taken = max(self._attempts - 1, 0)
                may_have_acted = error.may_have_acted = may_have_acted or error.may_have_acted
                if retry >= self._max_retries or not self._wait(error, retry):
                    raise
            retry += 1

    def _wait(self, error: APIError, retry: int) -> bool:
        """Wait as the policy says; False where no attempt is worth it, or fits the deadline."""
        policy = self._client._retry_policy
        if not policy.retries(error):
            return False
        delay_s = policy.delay_s(error, retry, now=self._clock.time(), random=_random.random())
        if self._deadline is not None and self._clock.monotonic() + delay_s >= self._deadline:
            return False
        self._clock.sleep(delay_s)
        return True

    def _authenticated_attempt(self) -> Answer:
        used = _credentials(self._client._provider.current())
        try:
            return self._attempt(used)
        except AuthenticationError:
            if not self._may_refresh:
                raise
            self._may_refresh = False
            refreshed = _credentials(self._client._provider.refresh())
            if refreshed == used:
                raise
        return self._attempt(refreshed)

    def _attempt(self, credentials: Credentials) -> Answer:
        timeout_s = self._options.get("timeout", self._client._timeout_s)
        if self._deadline is not None:
            left_s = self._deadline - self._clock.monotonic()
            timeout_s = left_s if timeout_s is None else min(timeout_s, left_s)
        if timeout_s is not None and timeout_s <= 0:
            raise APITimeoutError(request_sent=False)
        headers = self._headers(credentials)
        self._attempts += 1
        answer = self._client._transport.request(
            self._method, self._url, body=self._content, headers=headers, timeout_s=timeout_s
        )
        if 200 <= answer.status_code < 300:
            return answer
        raise status_error(answer.status_code, body=wire.decoded(answer), headers=answer.headers)

    def _headers(self, credentials: Credentials) -> dict[str, str]:
        """Low to high: ours, the client's defaults, credentials, this request's. None removes."""
        ours = {
            "accept": "application/json",
            "accept-encoding": "gzip",
            "content-type": None if self._content is None else "application/json",
            "user-agent": USER_AGENT,
            "x-stainless-retry-count": str(self._attempts),
        }
        scheme = "Bearer " if self._client._auth_header == "authorization" else ""
        of_key = {
            self._client._auth_header: Unshown(f"{scheme}{credentials.api_key}"),
            "openai-organization": credentials.organization,
            "openai-project": credentials.project,
        }
        of_call = {"idempotency-key": self._options.get("idempotency_key")}
        merged: dict[str, str | None] = {
            **ours,
            **self._client._default_headers,
            **{name: value for name, value in (of_key | of_call).items() if value},
            **self._options.get("extra_headers", {}),
        }
        return {name: value for name, value in merged.items() if value}


def _provider(api_key: object) -> ApiKeyProvider:
    if isinstance(api_key, str):
        return FixedApiKey(Credentials(api_key))
    if not isinstance(api_key, ApiKeyProvider):
        raise TypeError(f"api_key must be a string or a provider, not {type(api_key).__name__}.")
    return api_key


def _credentials(value: str | Credentials) -> Credentials:
    return value if isinstance(value, Credentials) else Credentials(value)
