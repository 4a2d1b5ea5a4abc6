"""What a profile file may say: the model that reads the files; their JSON Schema is made from it.

Sessions inside a profile are OpenAI's own objects, so they are left to the contract's models, which
judge them in the tests and, merged with what the caller sent, at every request. Looked at here is
only what must never be written into a file: the credentials of MCP servers.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SessionType = Literal["realtime", "transcription", "translation"]
Seconds = Annotated[int, Field(ge=10, le=7200)]

_CLOSED = ConfigDict(extra="forbid", strict=True, frozen=True)
_OPEN = ConfigDict(extra="allow", strict=True, frozen=True)


class SecretReference(BaseModel):
    """A credential kept in Secrets Manager: the secret's name below the stack's `…/mcp/`."""

    model_config = _CLOSED

    secret: Annotated[str, Field(pattern=r"^[A-Za-z0-9/_+=.@-]{1,200}$")]


class ProfileTool(BaseModel):
    """A tool as OpenAI has it, but with references where an MCP server's credentials go."""

    model_config = _OPEN

    authorization: SecretReference | None = None
    headers: dict[str, SecretReference] | None = None


class ProfileSession(BaseModel):
    """A session as OpenAI has it, or part of one. A translation session has `type` here as well."""

    model_config = _OPEN

    type: SessionType | None = None
    tools: list[ProfileTool] | None = None


class ProfileBody(BaseModel):
    """Part of a request body."""

    model_config = _CLOSED

    expires_after: dict[str, Any] | None = None
    session: ProfileSession | None = None


class Requirement(BaseModel):
    """What a caller's token must say. Who signs needs the path in their IAM policy instead."""

    model_config = _CLOSED

    scope: Annotated[
        str | None, Field(pattern=r"^[^\s\[\]]+$", description="An OAuth scope of the token.")
    ] = None
    claim: Annotated[str | None, Field(min_length=1, description="A claim, by name.")] = None
    equals: Annotated[str | None, Field(min_length=1, description="The claim's whole value.")] = (
        None
    )
    contains: Annotated[
        str | None,
        Field(pattern=r"^[^\s\[\]]+$", description="One element of a claim that is an array."),
    ] = None

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        if self.scope is None and self.claim is None:
            raise ValueError("name a scope or a claim")
        if (self.claim is None) != (self.equals is None and self.contains is None):
            raise ValueError("a claim needs 'equals' or 'contains', and they need a claim")
        if self.equals is not None and self.contains is not None:
            raise ValueError("give 'equals' or 'contains', not both")
        return self


class TtlLimits(BaseModel):
    """Seconds until a client secret stops opening sessions."""

    model_config = _CLOSED

    default: Annotated[
        Seconds | None,
        Field(description="Where the caller is silent; else the smaller of 600 and the maximum."),
    ] = None
    maximum: Annotated[Seconds | None, Field(description="The most a caller may ask for.")] = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.default is not None and self.maximum is not None and self.default > self.maximum:
            raise ValueError("the default is greater than the maximum")
        return self


class Limits(BaseModel):
    """What the result may be, whoever said it. What is absent is not limited."""

    model_config = _CLOSED

    session_types: Annotated[
        list[SessionType] | None,
        Field(min_length=1, description="Kinds of session; `translation` is its own endpoint."),
    ] = None
    models: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9._:*-]+$")]] | None,
        Field(
            min_length=1,
            description="Models, `*` for any text: the session's and that of its transcription. "
            "With this limit a model must be named, by the profile or by the caller.",
        ),
    ] = None
    ttl_s: Annotated[TtlLimits | None, Field(description="Of `expires_after.seconds`.")] = None
    tool_types: Annotated[
        list[Literal["function", "mcp"]] | None, Field(description="Types of tools; [] for none.")
    ] = None
    max_output_tokens: Annotated[
        int | None,
        Field(ge=1, le=4096, description="The most; sent where nobody names a number."),
    ] = None
    settable: Annotated[
        list[Annotated[str, Field(pattern=r"^(expires_after|session)(\.[a-z_]+)*$")]] | None,
        Field(
            description="Paths that a caller may set, with all that is below them, such as "
            "`session.audio.output.voice`; [] for none."
        ),
    ] = None


class ProfileFile(BaseModel):
    """A session profile: what callers of `/{profile}/v1/…` get, and what they may change."""

    model_config = ConfigDict(**_CLOSED, title="Session profile")

    schema_: Annotated[
        str | None, Field(alias="$schema", description="For editors: profile.schema.json.")
    ] = None
    description: Annotated[str, Field(min_length=1, description="Who the profile is for.")]
    requires: Annotated[Requirement | None, Field(description="Who may use it.")] = None
    defaults: Annotated[ProfileBody, Field(description="Used where the caller is silent.")] = (
        ProfileBody()
    )
    locked: Annotated[
        ProfileBody,
        Field(description="Always so. A caller who sends another value is refused."),
    ] = ProfileBody()
    limits: Annotated[Limits, Field(description="What the result may be.")] = Limits()
