"""What OpenAI accepts, as small nodes: the stand-in's own reading of the contract.

It shares nothing with the service's models on purpose: two readings that agree are evidence, one
reading used twice is not. Source: OpenAI API reference, and errors seen on the live API.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string; one of `values` where they are given."""

    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number between `low` and `high`; a whole one where `whole`."""

    low: float | None = None
    high: float | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """An array of `item`, at least `least` long."""

    item: "Node"
    least: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """An object with these fields and no others."""

    fields: Mapping[str, "Node"]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """An object with any keys, each value a `value`."""

    value: "Node"


@dataclass(frozen=True, slots=True)
class Tagged:
    """An object whose `type` says which record it is; `default` where `type` may be left out."""

    records: Mapping[str, Record]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """One of several nodes, told apart by JSON type."""

    nodes: tuple["Node", ...] = field(default=())


@dataclass(frozen=True, slots=True)
class OrNull:
    """`null`, or the node."""

    node: "Node"


Node = Anything | Text | Flag | Number | Items | Record | Table | Tagged | Either | OrNull

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
EFFORTS = ("minimal", "low", "medium", "high", "xhigh")
CONNECTORS = tuple(
    f"connector_{name}"
    for name in (
        "dropbox",
        "gmail",
        "googlecalendar",
        "googledrive",
        "microsoftteams",
        "outlookcalendar",
        "outlookemail",
        "sharepoint",
    )
)


def _record(*required: str, **fields: Node) -> Record:
    return Record(fields, required)


def _tagged(records: Mapping[str, Record], default: str | None = None) -> Tagged:
    typed = {
        name: Record({"type": Text((name,)), **record.fields}, record.required)
        for name, record in records.items()
    }
    return Tagged(typed, default)


INTEGER = Number(whole=True)

FORMAT = _tagged(
    {
        "audio/pcm": _record("rate", rate=Number(24000, 24000, whole=True)),
        "audio/pcmu": _record(),
        "audio/pcma": _record(),
    },
    default="audio/pcm",
)
NOISE_REDUCTION = OrNull(_record(type=Text(("near_field", "far_field"))))
TRANSCRIPTION = OrNull(
    _record(
        model=Text(),
        language=OrNull(Text()),
        languages=Items(Text(), least=1),
        keywords=Items(Text()),
        prompt=Text(),
        delay=Text(EFFORTS),
    )
)
TURN_DETECTION = OrNull(
    _tagged(
        {
            "server_vad": _record(
                threshold=Number(0, 1),
                prefix_padding_ms=INTEGER,
                silence_duration_ms=INTEGER,
                create_response=Flag(),
                interrupt_response=Flag(),
                idle_timeout_ms=OrNull(Number(5000, 30000, whole=True)),
            ),
            "semantic_vad": _record(
                create_response=Flag(),
                interrupt_response=Flag(),
                eagerness=Text(("low", "medium", "high", "auto")),
            ),
        }
    )
)
AUDIO_INPUT = _record(
    format=FORMAT,
    transcription=TRANSCRIPTION,
    noise_reduction=NOISE_REDUCTION,
    turn_detection=TURN_DETECTION,
)
AUDIO_OUTPUT = _record(
    format=FORMAT,
    voice=Either((Text(VOICES), _record("id", id=Text()))),
    speed=Number(0.25, 1.5),
)
TOOL_FILTER = _record(tool_names=Items(Text()), read_only=Flag())
TOOL = _tagged(
    {
        "function": _record("name", name=Text(), description=Text(), parameters=Anything()),
        "mcp": _record(
            "server_label",
            server_label=Text(),
            server_url=Text(),
            connector_id=Text(CONNECTORS),
            tunnel_id=Text(),
            authorization=Text(),
            server_description=Text(),
            headers=OrNull(Table(Text())),
            allowed_tools=OrNull(Either((Items(Text()), TOOL_FILTER))),
            allowed_callers=OrNull(Items(Text(("direct", "programmatic")), least=1)),
            require_approval=OrNull(
                Either((Text(("always", "never")), _record(always=TOOL_FILTER, never=TOOL_FILTER)))
            ),
            defer_loading=Flag(),
        ),
    }
)
TOOL_CHOICE = Either(
    (
        Text(("none", "auto", "required")),
        _tagged(
            {
                "function": _record("name", name=Text()),
                "mcp": _record("server_label", server_label=Text(), name=OrNull(Text())),
            }
        ),
    )
)
PROMPT_VARIABLE = Either(
    (
        Text(),
        _tagged(
            {
                "input_text": _record("text", text=Text(), prompt_cache_breakpoint=Anything()),
                "input_image": _record(
                    detail=Text(("low", "high", "auto", "original")),
                    image_url=OrNull(Text()),
                    file_id=OrNull(Text()),
                    prompt_cache_breakpoint=Anything(),
                ),
                "input_file": _record(
                    file_id=OrNull(Text()),
                    filename=Text(),
                    file_data=Text(),
                    file_url=Text(),
                    detail=Text(("auto", "low", "high")),
                    prompt_cache_breakpoint=Anything(),
                ),
            }
        ),
    )
)
INCLUDE = OrNull(Items(Text(("item.input_audio_transcription.logprobs",))))
SESSION = _tagged(
    {
        "realtime": _record(
            model=Text(),
            instructions=Text(),
            output_modalities=Items(Text(("text", "audio"))),
            audio=_record(input=AUDIO_INPUT, output=AUDIO_OUTPUT),
            include=INCLUDE,
            tracing=OrNull(
                Either(
                    (
                        Text(("auto",)),
                        _record(workflow_name=Text(), group_id=Text(), metadata=Anything()),
                    )
                )
            ),
            tools=Items(TOOL),
            tool_choice=TOOL_CHOICE,
            parallel_tool_calls=Flag(),
            reasoning=_record(effort=Text(EFFORTS)),
            max_output_tokens=Either((Text(("inf",)), Number(1, 4096, whole=True))),
            truncation=Either(
                (
                    Text(("auto", "disabled")),
                    _tagged(
                        {
                            "retention_ratio": _record(
                                "retention_ratio",
                                retention_ratio=Number(0, 1),
                                token_limits=_record(post_instructions=Number(0, whole=True)),
                            )
                        }
                    ),
                )
            ),
            prompt=OrNull(
                _record(
                    "id",
                    id=Text(),
                    version=OrNull(Text()),
                    variables=OrNull(Table(PROMPT_VARIABLE)),
                )
            ),
        ),
        "transcription": _record(audio=_record(input=AUDIO_INPUT), include=INCLUDE),
    }
)
EXPIRES_AFTER = OrNull(_record(anchor=Text(("created_at",)), seconds=Number(10, 7200, whole=True)))
REALTIME_BODY = _record(expires_after=EXPIRES_AFTER, session=OrNull(SESSION))
TRANSLATION_BODY = _record(
    "session",
    expires_after=EXPIRES_AFTER,
    session=_record(
        "model",
        model=Text(),
        audio=_record(
            input=_record(
                transcription=OrNull(_record("model", model=Text())),
                noise_reduction=OrNull(_record("type", type=Text(("near_field", "far_field")))),
            ),
            output=_record(language=Text()),
        ),
    ),
)
