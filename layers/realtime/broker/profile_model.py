"""What a profile file may say: the model of the files, from which their JSON Schema is made too.

Sessions inside a profile are OpenAI's own objects, so they are left to the contract's models, which
judge them in the tests and, merged with what the caller sent, at every request. Looked at here is
only what must never be written into a file: the credentials of MCP servers.
"""

from typing import Annotated, Any, Literal, Required

from pydantic import ConfigDict, Field, with_config

# typing's own TypedDict satisfies Pydantic from Python 3.12 on.
from typing_extensions import TypedDict

SessionType = Literal["realtime", "transcription", "translation"]
Seconds = Annotated[int, Field(ge=10, le=7200)]

_CLOSED = ConfigDict(extra="forbid", strict=True)
_OPEN = ConfigDict(extra="allow", strict=True)


@with_config(_CLOSED)
class SecretReference(TypedDict):
    """A credential kept in Secrets Manager: the secret's name below the stack's `…/mcp/`."""

    secret: Annotated[str, Field(pattern=r"^[A-Za-z0-9/_+=.@-]{1,200}$")]


@with_config(_OPEN)
class ProfileTool(TypedDict, total=False):
    """A tool as OpenAI has it, but with references where an MCP server's credentials go."""

    authorization: SecretReference | None
    headers: dict[str, SecretReference] | None


@with_config(_OPEN)
class ProfileSession(TypedDict, total=False):
    """A session as OpenAI has it, or part of one. A translation session has `type` here as well."""

    type: SessionType | None
    tools: list[ProfileTool] | None


@with_config(_CLOSED)
class ProfileBody(TypedDict, total=False):
    """Part of a request body."""

    expires_after: dict[str, Any] | None
    session: ProfileSession | None


@with_config(_CLOSED)
class Requirement(TypedDict, total=False):
    """What a caller's token must say. Who signs needs the path in their IAM policy instead."""

    scope: Annotated[
        str | None, Field(pattern=r"^[^\s\[\]]+$", description="An OAuth scope of the token.")
    ]
    claim: Annotated[str | None, Field(min_length=1, description="A claim, by name.")]
    equals: Annotated[str | None, Field(min_length=1, description="The claim's whole value.")]
    contains: Annotated[
        str | None,
        Field(pattern=r"^[^\s\[\]]+$", description="One element of a claim that is an array."),
    ]


@with_config(_CLOSED)
class TtlLimits(TypedDict, total=False):
    """Seconds until a client secret stops opening sessions."""

    default: Annotated[
        Seconds | None,
        Field(description="Where the caller is silent; else the smaller of 600 and the maximum."),
    ]
    maximum: Annotated[Seconds | None, Field(description="The most a caller may ask for.")]


@with_config(_CLOSED)
class Limits(TypedDict, total=False):
    """What the result may be, whoever said it. What is absent is not limited."""

    session_types: Annotated[
        list[SessionType] | None,
        Field(min_length=1, description="Kinds of session; `translation` is its own endpoint."),
    ]
    models: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9._:*-]+$")]] | None,
        Field(
            min_length=1,
            description="Models, `*` for any text: the session's and that of its transcription. "
            "With this limit a model must be named, by the profile or by the caller.",
        ),
    ]
    ttl_s: Annotated[TtlLimits | None, Field(description="Of `expires_after.seconds`.")]
    tool_types: Annotated[
        list[Literal["function", "mcp"]] | None, Field(description="Types of tools; [] for none.")
    ]
    max_output_tokens: Annotated[
        int | None,
        Field(ge=1, le=4096, description="The most; sent where nobody names a number."),
    ]
    settable: Annotated[
        list[Annotated[str, Field(pattern=r"^(expires_after|session)(\.[a-z_]+)*$")]] | None,
        Field(
            description="Paths that a caller may set, with all that is below them, such as "
            "`session.audio.output.voice`; [] for none."
        ),
    ]


@with_config(ConfigDict(**_CLOSED, title="Session profile"))
class ProfileFile(TypedDict, total=False):
    """A session profile: what callers of `/{profile}/v1/…` get, and what they may change."""

    schema_: Annotated[
        str | None, Field(alias="$schema", description="For editors: profile.schema.json.")
    ]
    description: Required[
        Annotated[str, Field(min_length=1, description="Who the profile is for.")]
    ]
    requires: Annotated[Requirement | None, Field(description="Who may use it.")]
    defaults: Annotated[ProfileBody, Field(description="Used where the caller is silent.")]
    locked: Annotated[
        ProfileBody,
        Field(description="Always so. A caller who sends another value is refused."),
    ]
    limits: Annotated[Limits, Field(description="What the result may be.")]
