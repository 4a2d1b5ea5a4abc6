"""What the value of a key's secret holds: a bare key, or JSON with `api_key`.

The JSON may name an `organization` and a `project`; its other members are ignored and kept. What is
wrong with a value is said without a word of it.
"""

import json
import re
from typing import Any

from broker import redaction
from openai_realtime.credentials import Credentials

# What people put where a key is to come later.
_PLACEHOLDER = re.compile(
    r"<.*>|\$?\{.*\}|.*\.\.\.|(?:sk-)?x+"
    r"|(?:sk-)?(?:(?:replace|change|insert|put|your|my|the|openai|api|key|here|it|me|with)[-_ ]*)+"
    r"|todo|tbd|none|null|dummy|example|placeholder|secret",
    re.IGNORECASE | re.DOTALL,
)


def hide(credentials: Credentials) -> None:
    """Hide the key, and the organisation and project: OpenAI names those in messages, too."""
    for value in (credentials.api_key, credentials.organization, credentials.project):
        redaction.hide(value or "")


def fields_in(value: object) -> dict[str, Any] | str:
    """The members of a secret's value, or what is wrong with it, without a word of it.

    A bare key is `{"api_key": …}`; what else is in the JSON is nobody's here, and kept.
    """
    if isinstance(value, bytes):
        return "the secret is binary; it must be text."
    if not isinstance(value, str) or not value.strip():
        return "the secret is empty."
    fields: object = {"api_key": value}
    if value.lstrip().startswith(("{", "[", '"')):
        try:
            fields = json.loads(value)
        except (ValueError, RecursionError):
            return "the secret looks like JSON and is not."
    if not isinstance(fields, dict) or not isinstance(fields.get("api_key"), str):
        return 'the secret is JSON without a string "api_key".'
    return fields


def credentials_in(value: object) -> Credentials | str:
    """The credentials in a secret's value, or what is wrong with it, without a word of it."""
    fields = fields_in(value)
    if isinstance(fields, str):
        return fields
    if _PLACEHOLDER.fullmatch(fields["api_key"].strip()):
        return "the secret still holds a placeholder."
    try:
        return Credentials(
            fields["api_key"],
            organization=fields.get("organization") or None,
            project=fields.get("project") or None,
        )
    except (ValueError, TypeError) as exc:
        return f"the secret's {exc}"
