"""What goes on the wire and comes back: URL, header values and JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from openai_realtime.transport import Answer

# RFC 9110 §5.5 and §5.6.2: what a field's value and name may hold.
_FIELD_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_FIELD_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def checked_base_url(base_url: str) -> str:
    """*base_url* without a trailing slash.

    Raises:
        ValueError: It is not an absolute http or https URL, or has parts that cannot be joined.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("base_url must be an absolute http or https URL.")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("base_url must have no query, fragment or user name.")
    # Raises ValueError where the port is no number up to 65535.
    _ = parts.port
    return base_url.rstrip("/")


def checked_header(name: str, value: str) -> str:
    """*value*, if a header called *name* can carry it; ValueError naming only *name* if not."""
    # http.client would refuse it too, with the value in its message.
    if not _FIELD_NAME.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
        raise ValueError(f"Header {name!r} has characters that no header can carry.")
    return value


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8, order and unicode as given; ValueError for NaN and the infinities."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


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
    """*extra* as the query of a URL, `?` included; empty for none."""
    return f"?{urlencode(extra, doseq=True)}" if extra else ""


def decoded(answer: Answer) -> object:
    """The answer's JSON, or its text where it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return answer.body.decode("utf-8", "replace")
