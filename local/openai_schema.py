"""What OpenAI accepts: the stand-in's own reading of the contract.

It shares nothing with the service's models on purpose: two readings that agree are evidence, one
reading used twice is not. Source: OpenAI API reference, and errors seen on the live API.
"""

from local.openai_nodes import (
    Anything,
    Either,
    Flag,
    Items,
    Number,
    OrNull,
    Table,
    Text,
    record,
    tagged,
)

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


INTEGER = Number(whole=True)

FORMAT = tagged(
    {
        "audio/pcm": record("rate", rate=Number(24000, 24000, whole=True)),
        "audio/pcmu": record(),
        "audio/pcma": record(),
    },
    default="audio/pcm",
)
NOISE_REDUCTION = OrNull(record(type=Text(("near_field", "far_field"))))
TRANSCRIPTION = OrNull(
    record(
        model=Text(),
        language=OrNull(Text()),
        languages=Items(Text(), least=1),
        keywords=Items(Text()),
        prompt=Text(),
        delay=Text(EFFORTS),
    )
)
TURN_DETECTION = OrNull(
    tagged(
        {
            "server_vad": record(
                threshold=Number(0, 1),
                prefix_padding_ms=INTEGER,
                silence_duration_ms=INTEGER,
                create_response=Flag(),
                interrupt_response=Flag(),
                idle_timeout_ms=OrNull(Number(5000, 30000, whole=True)),
            ),
            "semantic_vad": record(
                create_response=Flag(),
                interrupt_response=Flag(),
                eagerness=Text(("low", "medium", "high", "auto")),
            ),
        }
    )
)
AUDIO_INPUT = record(
    format=FORMAT,
    transcription=TRANSCRIPTION,
    noise_reduction=NOISE_REDUCTION,
    turn_detection=TURN_DETECTION,
)
AUDIO_OUTPUT = record(
    format=FORMAT,
    voice=Either((Text(VOICES), record("id", id=Text()))),
    speed=Number(0.25, 1.5),
)
TOOL_FILTER = record(tool_names=Items(Text()), read_only=Flag())
TOOL = tagged(
    {
        "function": record("name", name=Text(), description=Text(), parameters=Anything()),
        "mcp": record(
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
                Either((Text(("always", "never")), record(always=TOOL_FILTER, never=TOOL_FILTER)))
            ),
            defer_loading=Flag(),
        ),
    }
)
TOOL_CHOICE = Either(
    (
        Text(("none", "auto", "required")),
        tagged(
            {
                "function": record("name", name=Text()),
                "mcp": record("server_label", server_label=Text(), name=OrNull(Text())),
            }
        ),
    )
)
PROMPT_VARIABLE = Either(
    (
        Text(),
        tagged(
            {
                "input_text": record("text", text=Text(), prompt_cache_breakpoint=Anything()),
                "input_image": record(
                    detail=Text(("low", "high", "auto", "original")),
                    image_url=OrNull(Text()),
                    file_id=OrNull(Text()),
                    prompt_cache_breakpoint=Anything(),
                ),
                "input_file": record(
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
SESSION = tagged(
    {
        "realtime": record(
            model=Text(),
            instructions=Text(),
            output_modalities=Items(Text(("text", "audio"))),
            audio=record(input=AUDIO_INPUT, output=AUDIO_OUTPUT),
            include=INCLUDE,
            tracing=OrNull(
                Either(
                    (
                        Text(("auto",)),
                        record(workflow_name=Text(), group_id=Text(), metadata=Anything()),
                    )
                )
            ),
            tools=Items(TOOL),
            tool_choice=TOOL_CHOICE,
            parallel_tool_calls=Flag(),
            reasoning=record(effort=Text(EFFORTS)),
            max_output_tokens=Either((Text(("inf",)), Number(1, 4096, whole=True))),
            truncation=Either(
                (
                    Text(("auto", "disabled")),
                    tagged(
                        {
                            "retention_ratio": record(
                                "retention_ratio",
                                retention_ratio=Number(0, 1),
                                token_limits=record(post_instructions=Number(0, whole=True)),
                            )
                        }
                    ),
                )
            ),
            prompt=OrNull(
                record(
                    "id",
                    id=Text(),
                    version=OrNull(Text()),
                    variables=OrNull(Table(PROMPT_VARIABLE)),
                )
            ),
        ),
        "transcription": record(audio=record(input=AUDIO_INPUT), include=INCLUDE),
    }
)
EXPIRES_AFTER = OrNull(record(anchor=Text(("created_at",)), seconds=Number(10, 7200, whole=True)))
REALTIME_BODY = record(expires_after=EXPIRES_AFTER, session=OrNull(SESSION))
TRANSLATION_BODY = record(
    "session",
    expires_after=EXPIRES_AFTER,
    session=record(
        "model",
        model=Text(),
        audio=record(
            input=record(
                transcription=OrNull(record("model", model=Text())),
                noise_reduction=OrNull(record("type", type=Text(("near_field", "far_field")))),
            ),
            output=record(language=Text()),
        ),
    ),
)
