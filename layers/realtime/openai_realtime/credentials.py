"""The API key, and whoever knows the current one."""

import re
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

# RFC 9110 field values are visible ASCII and blanks; no credential of OpenAI's holds a blank.
_VISIBLE_ASCII = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a request is signed with.

    Attributes:
        api_key: Sent as `Authorization: Bearer …`. White space around it is dropped, as in Ruby.
        organization: Sent as `OpenAI-Organization`.
        project: Sent as `OpenAI-Project`.

    Raises:
        ValueError: A value is empty or cannot be sent in a header. The text does not contain it.
    """

    api_key: str
    organization: str | None = None
    project: str | None = None

    def __post_init__(self) -> None:
        for name in ("api_key", "organization", "project"):
            value = getattr(self, name)
            if value is None and name != "api_key":
                continue
            if not isinstance(value, str):
                raise TypeError(f"{name} must be a string, not {type(value).__name__}.")
            stripped = value.strip()
            if not _VISIBLE_ASCII.fullmatch(stripped):
                raise ValueError(f"{name} is empty, or has characters that no header can carry.")
            object.__setattr__(self, name, stripped)

    def __repr__(self) -> str:
        return "Credentials(api_key=***)"

    def __reduce__(self) -> str:
        raise TypeError("Credentials are not pickled.")


class Unshown(str):
    """A header's value that no `repr` shows: tracebacks with local variables hold whole headers."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"


@runtime_checkable
class ApiKeyProvider(Protocol):
    """Knows the current API key; asked before every attempt."""

    def current(self) -> str | Credentials:
        """The key to use now; cheap, as it is called on every attempt."""
        ...

    def refresh(self) -> str | Credentials:
        """The key, looked up anew because OpenAI answered 401; the same where nothing changed."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class FixedApiKey:
    """One key for the client's whole life."""

    credentials: Credentials

    def current(self) -> Credentials:
        """The key."""
        return self.credentials

    def refresh(self) -> Credentials:
        """The same key."""
        return self.credentials
