"""What can go wrong between us and OpenAI, with the class names of the official SDKs.

    OpenAIError
    └── APIError                            about one call; carries `request_id` and `retries_taken`
        ├── APIConnectionError              no answer
        │   └── APITimeoutError             no answer in time
        ├── APIResponseValidationError      a 2xx answer that holds no usable client secret
        └── APIStatusError                  any other status
            ├── BadRequestError 400 · AuthenticationError 401 · PermissionDeniedError 403
            ├── NotFoundError 404 · ConflictError 409 · UnprocessableEntityError 422
            └── RateLimitError 429 · InternalServerError 5xx

The text of an error names status, code, param and request id, never what OpenAI wrote: its 401
quotes part of the key. OpenAI's own words are in `message` and `body`.
"""

from collections.abc import Mapping
from typing import Any

# Of an error's attributes, those that hold what OpenAI wrote.
_PRIVATE = frozenset({"body", "headers", "message"})


class OpenAIError(Exception):
    """Root of every error this library raises about OpenAI."""


class APIError(OpenAIError):
    """One call failed.

    Attributes:
        request_id: OpenAI's `x-request-id`; None where no answer came.
        retries_taken: Attempts made after the first.
        may_have_acted: Whether OpenAI may have minted, by this attempt or one before it.
    """

    def __init__(
        self, text: str, *, request_id: str | None = None, may_have_acted: bool = True
    ) -> None:
        super().__init__(text)
        self.request_id = request_id
        self.retries_taken = 0
        self.may_have_acted = may_have_acted

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without OpenAI's words and headers: its 401 quotes part of the key."""
        kept = {**vars(self), **{name: None for name in _PRIVATE if name in vars(self)}}
        return _unpickled, (type(self), self.args, kept)


class APIConnectionError(APIError):
    """No whole answer: refused, reset, cut off, unresolvable, TLS not agreed, or not HTTP.

    Attributes:
        request_sent: Whether OpenAI may have received the last attempt's request. A connection that
            breaks while a request is under way may have delivered it, kept-alive or not.
        status_code: The status that had arrived when the answer broke off; None where none had.
    """

    def __init__(
        self,
        text: str = "Connection error.",
        *,
        request_sent: bool,
        status_code: int | None = None,
    ) -> None:
        super().__init__(text, may_have_acted=request_sent)
        self.request_sent = request_sent
        self.status_code = status_code


class APITimeoutError(APIConnectionError):
    """No whole answer within the time allowed."""

    def __init__(
        self,
        text: str = "Request timed out.",
        *,
        request_sent: bool,
        status_code: int | None = None,
    ) -> None:
        super().__init__(text, request_sent=request_sent, status_code=status_code)


class APIResponseValidationError(APIError):
    """A 2xx answer without a usable client secret. One may have been minted all the same."""

    def __init__(self, text: str, *, status_code: int, request_id: str | None = None) -> None:
        super().__init__(text, request_id=request_id)
        self.status_code = status_code


class APIStatusError(APIError):
    """OpenAI answered with a status other than 2xx.

    Attributes:
        status_code: HTTP status, 300 to 599.
        message: OpenAI's `error.message`; may quote what was sent. None where there is none.
        type: OpenAI's `error.type`.
        code: OpenAI's `error.code`.
        param: OpenAI's `error.param`, such as `session.audio.output.voice`.
        body: The whole decoded answer; its text where it is not JSON.
        headers: The answer's headers, lower-case names.
    """

    def __init__(self, status_code: int, *, body: object, headers: Mapping[str, str]) -> None:
        error = body.get("error") if isinstance(body, dict) else None
        fields: dict[str, Any] = error if isinstance(error, dict) else {}
        self.status_code = status_code
        self.body = body
        self.headers = dict(headers)
        self.message = _text(fields.get("message"))
        self.type = _text(fields.get("type"))
        self.code = _text(fields.get("code"))
        self.param = _text(fields.get("param"))
        request_id = self.headers.get("x-request-id")
        known = {"code": self.code, "param": self.param, "request": request_id}
        said = ", ".join(f"{name} {value[:200]}" for name, value in known.items() if value)
        super().__init__(
            f"Status {status_code}{': ' + said if said else ''}",
            request_id=request_id,
            may_have_acted=not _refuses(status_code, self.code),
        )


class BadRequestError(APIStatusError):
    """400: OpenAI refused the body."""


class AuthenticationError(APIStatusError):
    """401: OpenAI refused the API key."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""


class NotFoundError(APIStatusError):
    """404: no such model or path."""


class ConflictError(APIStatusError):
    """409: OpenAI asks to try again."""


class UnprocessableEntityError(APIStatusError):
    """422: OpenAI understood the body and cannot act on it."""


class RateLimitError(APIStatusError):
    """429: too many requests, or no money left; `code` tells which."""


class InternalServerError(APIStatusError):
    """5xx: OpenAI failed."""


_CLASS_OF_STATUS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def status_error(status_code: int, *, body: object, headers: Mapping[str, str]) -> APIStatusError:
    """The error whose class the official SDKs give this status."""
    fallback = InternalServerError if status_code >= 500 else APIStatusError
    error_class = _CLASS_OF_STATUS.get(status_code, fallback)
    return error_class(status_code, body=body, headers=headers)


def _unpickled(kind: type[APIError], args: tuple[Any, ...], attributes: dict[str, Any]) -> APIError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


def _refuses(status_code: int, code: str | None) -> bool:
    """Whether the answer says no before anything was done: not 408, 409, 5xx or a redirect."""
    if status_code == 404:
        return code == "model_not_found"
    return status_code in (400, 401, 403, 413, 422, 429)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
