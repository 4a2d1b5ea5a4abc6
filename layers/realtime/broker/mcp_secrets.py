"""Credentials of MCP servers: a profile names a secret, and OpenAI alone gets its value."""

from typing import Any

from broker import redaction
from broker.profile_files import McpReference
from broker.secret_source import Provider, read, unusable

# A value put in anew serves within this time.
MAX_AGE_S = 300
# What is shorter could not be hidden by its value without hiding half of an answer.
_SHORTEST = 8


class McpSecrets:
    """Puts values in the place of references.

    Args:
        prefix: What every name begins with; the function may read no other secret.
        provider: Where they are read.
    """

    def __init__(self, prefix: str, *, provider: Provider) -> None:
        self._prefix = prefix
        self._provider = provider

    def put_into(self, params: dict[str, Any]) -> dict[str, Any]:
        """*params* with a value for every `McpReference`; itself where there is none.

        From here on, the values are hidden wherever they come back.

        Raises:
            OperatorError: 503; a secret is missing or cannot be read.
        """
        session = params.get("session")
        tools = session.get("tools") if isinstance(session, dict) else None
        if not isinstance(session, dict) or not isinstance(tools, list):
            return params
        filled = [self._filled(tool) for tool in tools]
        if all(one is other for one, other in zip(filled, tools, strict=True)):
            return params
        return {**params, "session": {**session, "tools": filled}}

    def _filled(self, node: Any) -> Any:
        if isinstance(node, McpReference):
            return self._value(node)
        if not isinstance(node, dict):
            return node
        filled = {key: self._filled(value) for key, value in node.items()}
        return filled if any(filled[key] is not node[key] for key in node) else node

    def _value(self, name: McpReference) -> str:
        what = f"The MCP credential {name}"
        value = read(self._provider, f"{self._prefix}{name}", max_age_s=MAX_AGE_S, what=what)
        if len(value) < _SHORTEST:
            raise unusable(f"{what} is shorter than {_SHORTEST} characters.")
        redaction.hide(value)
        return value
