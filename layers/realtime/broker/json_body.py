"""The request body as a JSON object, read more strictly than Python reads JSON.

What two readers could take differently is refused: duplicate keys, NaN and Infinity, numbers beyond
a double, lone surrogates, bytes that are not UTF-8. So what is judged is what OpenAI will read.
"""

import base64
import json
import math
from typing import Any, NoReturn

from broker.errors import CallerError, Rows
from broker.shown import shown_key, shown_text

MAX_BYTES = 256 * 1024
MAX_DEPTH = 64
# Pydantic repeats the path in each of its errors: thousands of them below one enormous key were
# gigabytes.
MAX_KEY_LENGTH = 1024
JSON_WHITESPACE = " \t\n\r"


def read_object(raw_body: str | None, *, is_base64: bool) -> dict[str, Any]:
    """Read the body; absent, empty and blank are `{}`.

    Args:
        raw_body: The event's `body`.
        is_base64: The event's `isBase64Encoded`.

    Raises:
        CallerError: `invalid_json`, saying what and roughly where, or `request_too_large`.
    """
    text = _text(raw_body or "", is_base64=is_base64)
    if not text.strip(JSON_WHITESPACE):
        return {}
    value = _parsed(text)
    if not isinstance(value, dict):
        _refuse(f"The body must be a JSON object, such as {{}}, but it is {_NAMES[type(value)]}.")
    # Cheaper than looking: too few brackets to be too deep, no escape that could be a surrogate.
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _refuse_too_deep(value, text)
    if "\\ud" in text or "\\uD" in text:
        _refuse_lone_surrogates(value)
    return value


def _text(raw_body: str, *, is_base64: bool) -> str:
    # No more characters than bytes: whatever is this long is too long, decoded or not.
    if len(raw_body) > (MAX_BYTES * 4 // 3 + 4 if is_base64 else MAX_BYTES):
        _refuse_too_large()
    if not is_base64:
        body = _utf8(raw_body)
    else:
        try:
            body = base64.b64decode(raw_body, validate=True)
        except ValueError:
            _refuse("The body is not valid base64, though the request says it is.")
    if len(body) > MAX_BYTES:
        _refuse_too_large()
    try:
        text = body.decode()
    except UnicodeDecodeError as exc:
        _refuse(f"The body is not valid UTF-8: byte {exc.start} cannot be read.")
    if text.startswith("\ufeff"):
        _refuse("The body starts with a byte order mark; JSON has none.")
    return text


def _utf8(raw_body: str) -> bytes:
    try:
        return raw_body.encode()
    except UnicodeEncodeError as exc:
        _refuse(f"The body has a lone surrogate at character {exc.start}; it is not valid Unicode.")


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                _refuse(f"The body names the key '{shown_key(key)}' twice in one object.")
            seen.add(key)
    if value and max(map(len, value)) > MAX_KEY_LENGTH:
        _refuse(f"The body has a key of more than {MAX_KEY_LENGTH} characters.")
    return value


def _finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        _refuse(f"The body has a number that is too large: {shown_text(literal)}.")
    return number


def _not_json(literal: str) -> NoReturn:
    _refuse(f"The body has {literal}, which is not JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object_of, parse_float=_finite, parse_constant=_not_json
)
_NAMES = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as exc:
        what = exc.msg.removesuffix(" at").removesuffix(" starting")
        _refuse(f"The body is not valid JSON: {what} (line {exc.lineno}, column {exc.colno}).")
    except ValueError:
        # Python reads no integer of more than 4,300 digits.
        _refuse("The body has an integer with too many digits.")
    except RecursionError:
        _refuse_depth(text)


def _refuse_too_deep(value: Any, text: str) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    _refuse_depth(text)


def _refuse_depth(text: str) -> NoReturn:
    depth, in_string, escaped, where = 0, False, False, 0
    for where, character in enumerate(text):  # noqa: B007  (where is read after the loop)
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
        if depth > MAX_DEPTH:
            break
    _refuse(f"The body is nested more than {MAX_DEPTH} deep at character {where}.")


def _refuse_lone_surrogates(value: dict[str, Any]) -> None:
    stack: list[tuple[Any, str]] = [(value, "")]
    while stack:
        node, path = stack.pop()
        if isinstance(node, dict):
            for key, child in node.items():
                _check_unicode(key, path)
                stack.append((child, f"{path}.{key}" if path else key))
        elif isinstance(node, list):
            stack.extend((child, f"{path}[{index}]") for index, child in enumerate(node))
        elif isinstance(node, str):
            _check_unicode(node, path)


def _check_unicode(text: str, path: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            where = f"in '{shown_key(path)}'" if path else "in a key of the body"
            _refuse(f"The body has a lone surrogate {where}; it is not valid Unicode.")


def _refuse(message: str) -> NoReturn:
    raise CallerError(Rows.INVALID_JSON, message)


def _refuse_too_large() -> NoReturn:
    raise CallerError(Rows.REQUEST_TOO_LARGE, f"The body is larger than {MAX_BYTES} bytes.")
