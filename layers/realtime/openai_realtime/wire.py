"""What goes on the wire and comes back: URL, header values and JSON. No error quotes a value."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from openai_realtime.transport import Answer

# RFC 9110 §5.5 and §5.6.2: what a field's value and name may hold.
_FIELD_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_FIELD_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# These frame the body; another value would have the rest of it read as a second request.
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_VISIBLE_ASCII = re.compile(r"[!-~]+")


def checked_base_url(base_url: str) -> str:
    """*base_url* without a trailing slash.

    Raises:
        TypeError: It is no string.
        ValueError: It is not an absolute http or https URL, or has parts that cannot be joined.
    """
    if not isinstance(base_url, str):
        raise TypeError(f"base_url must be a string, not {type(base_url).__name__}.")
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        # From None: its text quotes what may be a password.
        raise ValueError("base_url is no URL.") from None
    # urlsplit drops line breaks silently.
    if not usable or not _VISIBLE_ASCII.fullmatch(base_url):
        raise ValueError("base_url must be an absolute http or https URL.")
    if "?" in base_url or "#" in base_url or "@" in parts.netloc:
        raise ValueError("base_url must have no query, fragment or user name.")
    return base_url.rstrip("/")


def checked_headers(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    """*headers* with lower-case names and no white space around values; None stays None.

    Raises:
        TypeError: A name or value is no string.
        ValueError: A name or value that no header can carry, or a header that frames the body.
    """
    checked: dict[str, str | None] = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str | None):
            raise TypeError(f"Header {name!r} must be a string, or None to remove it.")
        # http.client would refuse them too, with the value in its message.
        if not _FIELD_NAME.fullmatch(name) or not _FIELD_VALUE.fullmatch(value or ""):
            raise ValueError(f"Header {name!r} has characters that no header can carry.")
        if name.lower() in _FRAMING:
            raise ValueError(f"Header {name!r} is set by the client itself.")
        checked[name.lower()] = value and value.strip()
    return checked


def encode(body: Mapping[str, Any], extra: Mapping[str, Any]) -> bytes:
    """*extra* merged over *body* as JSON in UTF-8, order and unicode as given.

    Raises:
        TypeError: It holds something that JSON does not know.
        ValueError: It holds NaN, an infinity or half a surrogate pair, or is nested too deeply.
    """
    try:
        merged = deep_merged(body, extra)
        text = json.dumps(merged, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except UnicodeEncodeError:
        # From None: it carries the whole body.
        raise ValueError("The body holds half a surrogate pair.") from None
    except RecursionError:
        raise ValueError("The body is nested too deeply.") from None


def deep_merged(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """*extra* over *body*: objects deeply, everything else replaced."""
    merged = dict(body)
    for name, value in extra.items():
        below = merged.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = deep_merged(below, value)
        merged[name] = value
    return merged


def query(extra: Mapping[str, Any]) -> str:
    """*extra* as the query of a URL, `?` included; empty for none.

    Raises:
        TypeError: A value is neither string nor number, nor a list of them.
    """
    pairs = []
    for name, given in extra.items():
        for value in given if isinstance(given, list | tuple) else [given]:
            if not isinstance(name, str) or not isinstance(value, str | int | float):
                raise TypeError(f"extra_query {name!r} must be a string, a number or a list.")
            pairs.append((name, str(value).lower() if isinstance(value, bool) else value))
    return f"?{urlencode(pairs)}" if pairs else ""


def decoded(answer: Answer) -> object:
    """The answer's JSON, or its text where it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return answer.body.decode("utf-8", "replace")
