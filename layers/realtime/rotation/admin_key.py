"""How long the admin key itself still lives; nothing rotates it."""

import re
from collections.abc import Iterable

from openai_realtime.admin import AdminApiKey
from rotation.settings import DAY_S

# Logged; template-rotation.yaml makes a metric and an alarm of it.
EXPIRES_SOON = "admin_api_key_expires_soon"


def expires_at(keys: Iterable[AdminApiKey], value: str) -> int | None:
    """When the admin key *value* expires, epoch seconds; None for never, or where nothing tells.

    OpenAI shows beginning and end of each key. Of several that look like ours, the first to expire
    is taken for it.
    """
    times = [key.expires_at for key in keys if _looks_like(value, key.redacted_value)]
    return min((time for time in times if time is not None), default=None)


def expires_too_soon(expires_at: int, *, now: float, rotation_days: int) -> bool:
    """Whether the key will be dead at the rotation after the next: one is left to replace it."""
    return expires_at < now + 2 * rotation_days * DAY_S


def _looks_like(value: str, redacted: str) -> bool:
    # `sk-admin...def`, `sk-admin-****def`
    match = re.fullmatch(r"([^.*…]*)[.*…]+([^.*…]*)", redacted)
    return match is not None and value.startswith(match[1]) and value.endswith(match[2])
