"""No credential leaves: not in an answer's session, not in a message passed on, not in a log."""

import json
import re
from collections.abc import Mapping
from typing import Any

REDACTED = "<redacted>"

# A letter or digit before it makes it part of a word, unless it belongs to an escape such as \n.
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
_KEY = _START + r"(?:sk|ek)[-_][A-Za-z0-9_\-*]{4,}"
_JWT = _START + r"eyJ[\w-]{4,}(?:\.[\w-]*){0,2}"
_AUTHORIZATION = _START + r"(?i:bearer|basic)\s+[^\s\"',;\\]{4,}"
# Each with what its matches hold, in lower case: a plain search is ten times faster than a pattern.
_CREDENTIALS = (
    (("bearer", "basic"), re.compile(_AUTHORIZATION)),
    (("sk-", "sk_", "ek-", "ek_"), re.compile(_KEY)),
    (("eyj",), re.compile(_JWT)),
)
# OpenAI's messages name the operator's organisation and project, which callers need not know.
_OPERATOR_ID = re.compile(r"\b(?:org|proj)[-_][A-Za-z0-9]{4,}")
_URL = re.compile(r"\b[a-z]+://[^\s\"'<>)]+")
# botocore logs whole headers, and Secrets Manager's whole answers, at DEBUG.
_HEADER_WORDS = ("authorization", "x-amz-security-token", "api-key", "cookie")
_HEADER = re.compile(
    rf"((?:{'|'.join(_HEADER_WORDS)})"
    r"(?:\\*[\"']?\s*[:=]|\\*'\s*,)\s*b?(?:\\*[\"'])?)"
    r"(?!\s)(?!None|null)[^\"'\\\r\n]+",
    re.IGNORECASE,
)
# Up to a quote that is like the first one and no deeper in backslashes.
_SECRET_VALUE = re.compile(
    r"(Secret(?:String|Binary)\\*[\"']\s*:\s*b?)(\\*)([\"'])(?:(?!(?<!\\)\2\3).)*", re.DOTALL
)

# Credentials of any shape, which are known by value: the longest first, as one may be part of
# another. The client secret of this request alone is held, so the last one is.
_hidden: tuple[str, ...] = ()
_issued: tuple[str, ...] = ()
# A part of a hidden value that is shorter may be an ordinary word.
_SHORTEST_PART = 8


def hide(value: str) -> None:
    """Hide *value* from now on, in answers, messages and logs, for this environment's life.

    Its words are hidden too: of `Bearer abc…` in a header, OpenAI may say `abc…` alone.
    """
    global _hidden
    if value not in _hidden:
        _hidden = tuple(sorted({*_hidden, *_forms(value)}, key=len, reverse=True))


def hide_issued(value: str) -> None:
    """Hide the client secret *value* in logs, until the next one."""
    global _issued
    _issued = _forms(value)


def forget() -> None:
    """Hold no credential any more, not even to hide it."""
    global _hidden, _issued
    _hidden = _issued = ()


def reveals(text: str) -> bool:
    """Whether *text* holds anything hidden."""
    return any(value in text for value in _hidden)


def scrubbed(text: str) -> str:
    """*text* without anything hidden, or shaped like a credential."""
    text = _without_hidden(text)
    lower = text.lower()
    for words, pattern in _CREDENTIALS:
        if any(word in lower for word in words):
            text = pattern.sub(REDACTED, text)
    return text


def scrubbed_log(line: str) -> str:
    """A line of any logger's, as `scrubbed` and without headers or secrets that have any shape."""
    for value in _issued:
        line = line.replace(value, REDACTED)
    if "SecretString" in line or "SecretBinary" in line:
        line = _SECRET_VALUE.sub(rf"\1\2\3{REDACTED}", line)
    lower = line.lower()
    if any(word in lower for word in _HEADER_WORDS):
        line = _HEADER.sub(rf"\1{REDACTED}", line)
    return scrubbed(line)


def _forms(value: str) -> tuple[str, ...]:
    """*value* and its words, as they stand in text and in a line of JSON."""
    forms: set[str] = set()
    for part in {value, *value.split()}:
        if len(part) >= _SHORTEST_PART:
            lines = (json.dumps(part), json.dumps(part, ensure_ascii=False))
            forms.update((part, *(line[1:-1] for line in lines)))
    return tuple(sorted(forms, key=len, reverse=True))


def _without_hidden(text: str) -> str:
    for value in _hidden:
        text = text.replace(value, REDACTED)
    return text


def _deeply_without_hidden(node: Any) -> Any:
    if isinstance(node, str):
        return _without_hidden(node)
    if isinstance(node, dict):
        return {_without_hidden(key): _deeply_without_hidden(node[key]) for key in node}
    if isinstance(node, list):
        return [_deeply_without_hidden(each) for each in node]
    return node


def for_callers(message: str) -> str:
    """A message of OpenAI's, fit for a caller: no credential, operator's id or address."""
    return _OPERATOR_ID.sub(REDACTED, _URL.sub(REDACTED, scrubbed(message)))


def redacted_answer(body: Mapping[str, Any]) -> dict[str, Any]:
    """OpenAI's answer, as it is but for MCP credentials.

    A credential of the profile's is hidden wherever it stands, the caller's own where it belongs.

    OpenAI's response schema has `authorization` and `headers` on every tool, and says nothing of
    hiding them. Source: OpenAI API specification, `MCPTool`.
    """
    # Looked for at once, as hardly ever is there one to take out.
    if _hidden and reveals(json.dumps(body)):
        # The client secret itself goes out byte for byte.
        clean_body = _deeply_without_hidden({k: v for k, v in body.items() if k != "value"})
        body = {"value": body["value"], **clean_body} if "value" in body else clean_body
    session = body.get("session")
    tools = session.get("tools") if isinstance(session, dict) else None
    if not isinstance(session, dict) or not isinstance(tools, list):
        return dict(body)
    clean = [_redacted_tool(tool) if isinstance(tool, dict) else tool for tool in tools]
    return {**body, "session": {**session, "tools": clean}}


def _redacted_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    clean = dict(tool)
    if clean.get("authorization") is not None:
        clean["authorization"] = REDACTED
    headers = clean.get("headers")
    if isinstance(headers, dict):
        clean["headers"] = dict.fromkeys(headers, REDACTED)
    elif headers is not None:
        clean["headers"] = REDACTED
    return clean
