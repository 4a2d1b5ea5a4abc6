"""No credential leaves: not in an answer's session, not in a message passed on, not in a log."""

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


def scrubbed(text: str) -> str:
    """*text* without anything shaped like a credential."""
    return _CREDENTIAL.sub(REDACTED, text)


def for_callers(message: str) -> str:
    """A message of OpenAI's, fit for a caller: no credential, operator's id or address."""
    return _OPERATOR_ID.sub(REDACTED, _URL.sub(REDACTED, scrubbed(message)))


def redacted_answer(body: Mapping[str, Any]) -> dict[str, Any]:
    """OpenAI's answer, as it is but for the MCP credentials in its session.

    OpenAI's response schema has `authorization` and `headers` on every tool, and says nothing of
    hiding them. Source: OpenAI API specification, `MCPTool`.
    """
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
