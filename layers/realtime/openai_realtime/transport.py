"""One request over a kept-alive urllib3 pool. Never follows a redirect, never retries."""

import http.client
import threading
import time
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import SKIP_HEADER

from openai_realtime.attempt import Attempt, Clock, making
from openai_realtime.connection import Pool, TlsPool, tls_context
from openai_realtime.errors import APIConnectionError, APITimeoutError
from openai_realtime.proxies import proxy_for

# OpenAI's answers are a few kilobytes; what is larger is not one.
MAX_ANSWER_BYTES = 1024 * 1024
_PIECE_BYTES = 64 * 1024
# As many threads as may share a client without a connection being thrown away.
_MAX_KEPT = 16


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What came back.

    Attributes:
        status_code: HTTP status.
        headers: Lower-case names; repeated ones joined with a comma.
        body: Decoded of gzip, at most `MAX_ANSWER_BYTES`.
        complete: False where the body was longer, or the connection broke off within it.
    """

    status_code: int
    headers: dict[str, str]
    body: bytes
    complete: bool


class Transport:
    """A pool of connections to one origin, kept alive between calls; for any number of threads.

    Args:
        base_url: Tells the origin; every URL posted to is below it.
        clock: Time.

    Raises:
        ValueError: The environment names a proxy that cannot be used.
    """

    def __init__(self, base_url: str, clock: Clock = time) -> None:
        self._clock = clock
        proxy = proxy_for(base_url)
        tls_used = base_url.startswith("https:") or (proxy and proxy.url.startswith("https:"))
        context = tls_context() if tls_used else None
        # The system's store is 20 ms to read, while the API key is asked for: OpenSSL reads it
        # without Python's lock.
        self._reading = threading.Thread(
            target=context.load_default_certs if context else None, daemon=True
        )
        self._reading.start()
        self._pools = (
            urllib3.PoolManager(maxsize=_MAX_KEPT, ssl_context=context)
            if proxy is None
            else urllib3.ProxyManager(
                proxy.url,
                proxy_headers=proxy.headers,
                proxy_ssl_context=context,
                maxsize=_MAX_KEPT,
                ssl_context=context,
            )
        )
        self._pools.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}

    def close(self) -> None:
        """Close the idle connections; the next request opens a new one."""
        self._pools.clear()

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None,
        headers: dict[str, str],
        timeout_s: float | None,
    ) -> Answer:
        """Send one request, once.

        Args:
            method: In upper case.
            url: Absolute URL.
            body: JSON, UTF-8; None for no body.
            headers: Sent as they are; none is added but those that frame the body.
            timeout_s: For everything from name look-up to the answer's last byte; None for ever.

        Raises:
            APITimeoutError: No whole answer in time.
            APIConnectionError: No whole answer.
        """
        attempt = Attempt(self._clock, timeout_s)
        with making(attempt):
            try:
                return self._exchange(attempt, method, url, body, headers)
            except HTTPError as exc:
                error, cause = _connection_error(attempt, exc)
                raise error from cause

    def _exchange(
        self, attempt: Attempt, method: str, url: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        self._reading.join()
        # urllib3 would put in its own.
        unsaid = {"user-agent": SKIP_HEADER, "accept-encoding": SKIP_HEADER}
        response = self._pools.request(
            method,
            url,
            body=body,
            headers=unsaid | headers,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        attempt.status_code = response.status
        return _read(response)


def _read(response: urllib3.BaseHTTPResponse) -> Answer:
    pieces = bytearray()
    complete = False
    try:
        # http.client takes 102 to 199 for final answers. The real one may be on its way, and the
        # next request on this connection would get it.
        if response.status < 200:
            raise urllib3.exceptions.ProtocolError("An interim answer for a final one.")
        while len(pieces) <= MAX_ANSWER_BYTES:
            piece = response.read1(_PIECE_BYTES)
            if not piece:
                complete = True
                break
            pieces += piece
    except HTTPError as exc:
        # A refusal is known by its status. Whether a 2xx minted is not known without its body.
        if response.status < 300 or isinstance(exc, ReadTimeoutError):
            raise
    finally:
        # urllib3 keeps a connection once its answer is read; with an unread one on it, the next
        # request would get that.
        if not complete:
            response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, bytes(pieces[:MAX_ANSWER_BYTES]), complete)


def _connection_error(
    attempt: Attempt, exc: HTTPError
) -> tuple[APIConnectionError, HTTPError | None]:
    """Our error for urllib3's, and the cause to show with it."""
    reason = _innermost(exc)
    sent, status = attempt.request_sent, attempt.status_code
    if isinstance(reason, TimeoutError):
        return APITimeoutError(request_sent=sent, status_code=status), exc
    # Its text is whatever came, up to 64 KiB. A hang-up is one too, but says nothing.
    if isinstance(reason, http.client.BadStatusLine) and not isinstance(reason, OSError):
        text, cause = "Connection error: the answer is not HTTP.", None
    else:
        # The text of an OSError is the system's or OpenSSL's, and holds nothing that was sent.
        said = str(reason)[:200] if isinstance(reason, OSError) else type(reason).__name__
        text, cause = f"Connection error: {type(exc).__name__}, {said}.", exc
    return APIConnectionError(text, request_sent=sent, status_code=status), cause


def _innermost(exc: BaseException) -> BaseException:
    """What urllib3 wrapped: it keeps it as its last argument, or as the cause."""
    last = exc.args[-1] if exc.args else None
    below = last if isinstance(last, BaseException) else exc.__cause__
    return exc if below is None else _innermost(below)
