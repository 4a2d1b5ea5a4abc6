"""No credential leaves: not in an answer's session, not in a message passed on, not in a log."""

import json
import re
from collections.abc import Mapping
from typing import Any

REDACTED = "<redacted>"

_KEY = r"\b(?:sk|ek)[-_][A-Za-z0-9_\-*]{4,}"
_JWT = r"\beyJ[\w-]{4,}(?:\.[\w-]*){0,2}"
_AUTHORIZATION = r"\b(?:[Bb]earer|[Bb]asic)\s+[^\s\"',;]{4,}"
_CREDENTIAL = re.compile(f"{_AUTHORIZATION}|{_KEY}|{_JWT}")
# OpenAI's messages name the operator's organisation and project, which callers need not know.
_OPERATOR_ID = re.compile(r"\b(?:org|proj)[-_][A-Za-z0-9]{4,}")
_URL = re.compile(r"\b[a-z]+://[^\s\"'<>)]+")

# What a profile referred to and OpenAI was sent; it may have any shape, so it is known by value.
_hidden: set[str] = set()
# A part of a hidden value that is shorter may be an ordinary word.
_SHORTEST_PART = 8


def hide(value: str) -> None:
    """Hide *value* from now on, in answers, messages and logs, for this environment's life.

    Its words are hidden too: of `Bearer abc…` in a header, OpenAI may say `abc…` alone.
    """
    for part in {value, *value.split()}:
        if len(part) >= _SHORTEST_PART:
            # As it stands in an answer, and as it may stand in a line of JSON.
            lines = (json.dumps(part), json.dumps(part, ensure_ascii=False))
            _hidden.update((part, *(line[1:-1] for line in lines)))


def scrubbed(text: str) -> str:
    """*text* without anything hidden, or shaped like a credential."""
    return _CREDENTIAL.sub(REDACTED, _without_hidden(text))


def _without_hidden(text: str) -> str:
    # The longest first: one may be part of another.
    for value in sorted(_hidden, key=len, reverse=True):
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
    if _hidden:
        # The client secret itself goes out byte for byte.
        body = {k: v if k == "value" else _deeply_without_hidden(v) for k, v in body.items()}
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
