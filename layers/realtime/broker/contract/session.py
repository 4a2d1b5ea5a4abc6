"""The body of POST /realtime/client_secrets: expiry, and one of two session variants."""

from typing import Annotated, Any, Literal, Required

from pydantic import Field, with_config

# typing's own TypedDict satisfies Pydantic from Python 3.12 on.
from typing_extensions import TypedDict

from broker.contract.audio import RealtimeAudio, TranscriptionAudio
from broker.contract.one_of import STRICT, OneOf
from broker.contract.prompt import Prompt
from broker.contract.tools import Tool, ToolChoice

Include = Annotated[
    list[Literal["item.input_audio_transcription.logprobs"]],
    Field(description="Further fields in server events."),
]


@with_config(STRICT)
class ExpiresAfter(TypedDict, total=False):
    """When the client secret stops opening sessions. A session that has begun goes on."""

    anchor: Annotated[
        Literal["created_at"],
        Field(
            description="From when to count: creation of the secret.",
            json_schema_extra={"default": "created_at"},
        ),
    ]
    seconds: Annotated[
        int,
        Field(
            ge=10,
            le=7200,
            description="Seconds until it expires, 10 to 7200.",
            json_schema_extra={"default": 600},
        ),
    ]


@with_config(STRICT)
class Tracing(TypedDict, total=False):
    """Names for the session's trace in OpenAI's dashboard."""

    workflow_name: Annotated[str, Field(description="Name of the workflow.")]
    group_id: Annotated[str, Field(description="Group of traces it belongs to.")]
    metadata: Annotated[dict[str, Any], Field(description="Free fields to filter traces by.")]


@with_config(STRICT)
class Reasoning(TypedDict, total=False):
    """For models that reason, such as gpt-realtime-2."""

    effort: Annotated[
        Literal["minimal", "low", "medium", "high", "xhigh"],
        Field(
            description="How much the model thinks before it answers.",
            json_schema_extra={"default": "low"},
        ),
    ]


@with_config(STRICT)
class TokenLimits(TypedDict, total=False):
    """Token limits of a truncation."""

    post_instructions: Annotated[
        int,
        Field(ge=0, description="Most tokens of conversation after instructions and tools."),
    ]


@with_config(STRICT)
class RetentionRatio(TypedDict, total=False):
    """Drop more than needed at once, so that the prompt cache serves longer."""

    type: Required[
        Annotated[Literal["retention_ratio"], Field(description="Always `retention_ratio`.")]
    ]
    retention_ratio: Required[
        Annotated[
            float, Field(ge=0.0, le=1.0, description="Share of the conversation that is kept.")
        ]
    ]
    token_limits: Annotated[TokenLimits, Field(description="Limits of one's own.")]


_TruncationMode = Literal["auto", "disabled"]
_MaxOutputTokens = Annotated[int, Field(ge=1, le=4096)]


@with_config(STRICT)
class RealtimeSession(TypedDict, total=False):
    """A conversation with a realtime model."""

    type: Required[Annotated[Literal["realtime"], Field(description="Always `realtime`.")]]
    model: Annotated[
        str, Field(description="Realtime model; OpenAI's list is open, any name is sent on.")
    ]
    instructions: Annotated[
        str, Field(description="System instructions; OpenAI has its own when absent.")
    ]
    output_modalities: Annotated[
        list[Literal["text", "audio"]],
        Field(
            description="What the model answers with: text or audio, not both.",
            json_schema_extra={"default": ["audio"]},
        ),
    ]
    audio: Annotated[RealtimeAudio, Field(description="Input and output audio.")]
    include: Include
    tracing: Annotated[
        Annotated[
            Literal["auto"] | Tracing,
            OneOf(string=Literal["auto"], object=Tracing),
        ]
        | None,
        Field(
            description="Trace the session in OpenAI's dashboard; null is off.",
            json_schema_extra={"default": None},
        ),
    ]
    tools: Annotated[list[Tool], Field(description="Functions and MCP servers.")]
    tool_choice: Annotated[
        ToolChoice,
        Field(description="Which tool the model must use.", json_schema_extra={"default": "auto"}),
    ]
    parallel_tool_calls: Annotated[
        bool, Field(description="Allow several tool calls at once; for models that reason.")
    ]
    reasoning: Annotated[Reasoning, Field(description="For models that reason.")]
    max_output_tokens: Annotated[
        int | Literal["inf"],
        OneOf(number=_MaxOutputTokens, string=Literal["inf"]),
        Field(
            description="Most tokens of one answer, 1 to 4096, or `inf` for the model's own limit.",
            json_schema_extra={"default": "inf"},
        ),
    ]
    truncation: Annotated[
        _TruncationMode | RetentionRatio,
        OneOf(string=_TruncationMode, retention_ratio=RetentionRatio),
        Field(
            description="What happens when the conversation outgrows the model's context.",
            json_schema_extra={"default": "auto"},
        ),
    ]
    prompt: Annotated[Prompt | None, Field(description="A prompt template kept at OpenAI.")]


@with_config(STRICT)
class TranscriptionSession(TypedDict, total=False):
    """Transcription alone. Its model is `audio.input.transcription.model`."""

    type: Required[
        Annotated[Literal["transcription"], Field(description="Always `transcription`.")]
    ]
    audio: Annotated[TranscriptionAudio, Field(description="Input audio.")]
    include: Include


Session = Annotated[
    RealtimeSession | TranscriptionSession,
    OneOf(realtime=RealtimeSession, transcription=TranscriptionSession),
]


@with_config(STRICT)
class ClientSecretRequest(TypedDict, total=False):
    """Body of a call for a client secret. Nothing is required: `{}` is OpenAI's default session."""

    expires_after: Annotated[
        ExpiresAfter | None, Field(description="When the client secret expires.")
    ]
    session: Annotated[
        Session | None, Field(description="The session the client secret is bound to.")
    ]
