"""Tools: functions of the app's, MCP servers, and which of them the model must use."""

from typing import Annotated, Any, Literal, Required

from pydantic import Field, with_config

# typing's own TypedDict satisfies Pydantic from Python 3.12 on.
from typing_extensions import TypedDict

from broker.contract.one_of import STRICT, OneOf

ConnectorId = Literal[
    "connector_dropbox",
    "connector_gmail",
    "connector_googlecalendar",
    "connector_googledrive",
    "connector_microsoftteams",
    "connector_outlookcalendar",
    "connector_outlookemail",
    "connector_sharepoint",
]


@with_config(STRICT)
class FunctionTool(TypedDict, total=False):
    """A function that the app runs when the model calls it. `type` may be absent."""

    type: Annotated[Literal["function"], Field(description="Always `function`.")]
    # OpenAI's schema does not require it; its servers do.
    name: Required[Annotated[str, Field(description="Name that the model calls.")]]
    description: Annotated[str, Field(description="When and how the model should call it.")]
    parameters: Annotated[
        dict[str, Any], Field(description="JSON Schema of the arguments, as it is.")
    ]


@with_config(STRICT)
class McpToolFilter(TypedDict, total=False):
    """Some tools of an MCP server."""

    tool_names: Annotated[list[str], Field(description="Tools by name.")]
    read_only: Annotated[
        bool, Field(description="Tools that the server marks as reading only, or as not.")
    ]


@with_config(STRICT)
class McpApprovalFilter(TypedDict, total=False):
    """Which tools need the user's approval, and which never do."""

    always: Annotated[McpToolFilter, Field(description="Tools that always need approval.")]
    never: Annotated[McpToolFilter, Field(description="Tools that never need approval.")]


@with_config(STRICT)
class McpTool(TypedDict, total=False):
    """Tools of a remote MCP server, which OpenAI calls. Needs a server, a connector or a tunnel."""

    type: Required[Annotated[Literal["mcp"], Field(description="Always `mcp`.")]]
    server_label: Required[
        Annotated[str, Field(description="Name of the server in calls and in tool choice.")]
    ]
    server_url: Annotated[str, Field(description="URL of the server.")]
    connector_id: Annotated[ConnectorId, Field(description="One of OpenAI's own connectors.")]
    tunnel_id: Annotated[
        str,
        Field(
            pattern="^tunnel_[a-z0-9]{32}$", description="Secure MCP tunnel to a private server."
        ),
    ]
    authorization: Annotated[
        str, Field(description="OAuth access token for the server. Never comes back.")
    ]
    server_description: Annotated[str, Field(description="What the server is for.")]
    headers: Annotated[
        dict[str, str] | None,
        Field(description="Headers for the server. Their values never come back."),
    ]
    allowed_tools: Annotated[
        Annotated[list[str] | McpToolFilter, OneOf(array=list[str], object=McpToolFilter)] | None,
        Field(description="Tools that the model may use, by name or by filter."),
    ]
    allowed_callers: Annotated[
        Annotated[list[Literal["direct", "programmatic"]], Field(min_length=1)] | None,
        Field(description="Who may call the tools."),
    ]
    require_approval: Annotated[
        Annotated[
            Literal["always", "never"] | McpApprovalFilter,
            OneOf(string=Literal["always", "never"], object=McpApprovalFilter),
        ]
        | None,
        Field(
            description="Which calls need the user's approval.",
            json_schema_extra={"default": "always"},
        ),
    ]
    defer_loading: Annotated[bool, Field(description="Load the tools when a search finds them.")]


Tool = Annotated[
    FunctionTool | McpTool,
    OneOf(function=FunctionTool, mcp=McpTool, untyped="function", unless="server_label"),
]


@with_config(STRICT)
class ToolChoiceFunction(TypedDict, total=False):
    """The model must call this function."""

    type: Required[Annotated[Literal["function"], Field(description="Always `function`.")]]
    name: Required[Annotated[str, Field(description="Name of the function.")]]


@with_config(STRICT)
class ToolChoiceMcp(TypedDict, total=False):
    """The model must call this MCP server."""

    type: Required[Annotated[Literal["mcp"], Field(description="Always `mcp`.")]]
    server_label: Required[Annotated[str, Field(description="Label of the server.")]]
    name: Annotated[str | None, Field(description="Name of the tool; null is any of them.")]


ToolChoiceMode = Literal["none", "auto", "required"]
ToolChoice = Annotated[
    ToolChoiceMode | ToolChoiceFunction | ToolChoiceMcp,
    OneOf(string=ToolChoiceMode, function=ToolChoiceFunction, mcp=ToolChoiceMcp),
]
