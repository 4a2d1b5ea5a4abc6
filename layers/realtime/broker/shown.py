"""How a caller's own words appear in messages: shortened, printable, and never a credential."""

import re
from typing import Any

MAX_TEXT = 60
MAX_KEY = 200
HIDDEN = "(not shown)"
# How far behind what is shown the end of a credential is looked for. Further on nothing is shown,
# and a search through all of a long text could take minutes.
LOOK_AHEAD = 60

# What API keys, tokens and their headers look like.
_CREDENTIAL = re.compile(
    r"\b(?:sk|rk|pk|ek|gh[opsur]|github_pat|glpat|xox[abpr])[-_][\w-]{6,}"
    r"|\bey[JK][\w-]{8,}"
    r"|\b(?:AKIA|ASIA|AIza)\w{8,}"
    r"|\b(?:bearer|basic)\s+\S{4,}"
    r"|-----BEGIN",
    re.IGNORECASE,
)
# A long run of letters and digits may be a credential of any make: hidden in values, not in keys.
_OPAQUE = re.compile(r"(?=[A-Za-z+/=]*\d)[A-Za-z0-9+/=]{24,}")
_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "an integer",
    float: "a decimal number",
    bool: "a boolean",
    type(None): "null",
}


def shown_text(text: str) -> str:
    """*text* shortened, with nothing unprintable, or a note where it looks like a credential."""
    beginning = text[: MAX_TEXT + LOOK_AHEAD]
    if _CREDENTIAL.search(beginning) or _OPAQUE.search(beginning):
        return HIDDEN
    short = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
    return "".join(char if char.isprintable() else "\ufffd" for char in short)


def shown_key(key: str) -> str:
    """A key or path, exact unless it is enormous or looks like a credential."""
    if _CREDENTIAL.search(key[: MAX_KEY + LOOK_AHEAD]):
        return HIDDEN
    return key if len(key) <= MAX_KEY else f"{key[:MAX_KEY]}…"


def shown_number(number: float) -> str:
    """A number as the caller wrote it, shortened."""
    return shown_text(str(number)) if isinstance(number, float) else _digits(number)


def kind_of(value: Any) -> str:
    """The JSON type of *value* with its article, in OpenAI's words."""
    return _NAMES[type(value)]


def _digits(number: int) -> str:
    digits = str(number)
    return digits if len(digits) <= MAX_TEXT else f"{digits[:MAX_TEXT]}…"
