"""Audio: formats, transcription, noise reduction, turn detection, voices."""

from typing import Annotated, Literal, Required

from pydantic import Field, with_config

# typing's own TypedDict satisfies Pydantic from Python 3.12 on.
from typing_extensions import TypedDict

from broker.contract.one_of import STRICT, OneOf

Delay = Literal["minimal", "low", "medium", "high", "xhigh"]
Eagerness = Literal["low", "medium", "high", "auto"]
NoiseReductionType = Literal["near_field", "far_field"]


@with_config(STRICT)
class AudioFormat(TypedDict, total=False):
    """How audio is encoded. OpenAI's schema has an object per encoding, and requires no field."""

    type: Annotated[
        Literal["audio/pcm", "audio/pcmu", "audio/pcma"],
        Field(description="Linear PCM, G.711 μ-law or G.711 A-law."),
    ]
    # A range of one value: OpenAI answers a wrong rate as a number out of range.
    rate: Annotated[
        int, Field(ge=24000, le=24000, description="Samples per second of PCM: always 24000.")
    ]


@with_config(STRICT)
class NoiseReduction(TypedDict, total=False):
    """Filters noise out of the input before turn detection and the model hear it."""

    type: Annotated[
        NoiseReductionType,
        Field(description="`near_field` for a headset, `far_field` for a room microphone."),
    ]
    strength: Annotated[
        float,
        Field(
            description="How strongly noise is suppressed; more is stronger.",
            json_schema_extra={"default": 1},
        ),
    ]


@with_config(STRICT)
class Transcription(TypedDict, total=False):
    """Transcribes what the user says, beside the conversation or as the whole session."""

    model: Annotated[
        str, Field(description="Transcription model; OpenAI's list is open, any name is sent on.")
    ]
    language: Annotated[str, Field(description="Language of the input, ISO-639-1, such as `en`.")]
    languages: Annotated[
        list[str],
        Field(
            min_length=1,
            description="Languages to expect; for gpt-transcribe and gpt-live-transcribe.",
        ),
    ]
    keywords: Annotated[
        list[str],
        Field(description="Words to listen for; for gpt-transcribe and gpt-live-transcribe."),
    ]
    prompt: Annotated[
        str, Field(description="Text that guides the transcript; keywords for whisper-1.")
    ]
    delay: Annotated[
        Delay,
        Field(description="How long to wait before text comes; longer is more accurate."),
    ]


@with_config(STRICT)
class ServerVad(TypedDict, total=False):
    """Finds turns by loudness and silence."""

    type: Required[Annotated[Literal["server_vad"], Field(description="Always `server_vad`.")]]
    threshold: Annotated[
        float,
        Field(
            ge=0.0,
            le=1.0,
            description="How loud speech must be, 0 to 1.",
            json_schema_extra={"default": 0.5},
        ),
    ]
    prefix_padding_ms: Annotated[
        int,
        Field(
            description="Milliseconds of audio kept from before speech began.",
            json_schema_extra={"default": 300},
        ),
    ]
    silence_duration_ms: Annotated[
        int,
        Field(
            description="Milliseconds of silence that end a turn.",
            json_schema_extra={"default": 500},
        ),
    ]
    create_response: Annotated[
        bool,
        Field(
            description="Answer by itself when a turn ends.", json_schema_extra={"default": True}
        ),
    ]
    interrupt_response: Annotated[
        bool,
        Field(
            description="Stop the running answer when the user speaks.",
            json_schema_extra={"default": True},
        ),
    ]
    idle_timeout_ms: Annotated[
        Annotated[int, Field(ge=5000, le=30000)] | None,
        Field(
            description="Milliseconds without speech after which the model speaks; null is never."
        ),
    ]


@with_config(STRICT)
class SemanticVad(TypedDict, total=False):
    """Finds turns by whether the sentence sounds finished."""

    type: Required[Annotated[Literal["semantic_vad"], Field(description="Always `semantic_vad`.")]]
    eagerness: Annotated[
        Eagerness,
        Field(
            description="How soon to answer: waits at most 8, 4 or 2 s; `auto` is `medium`.",
            json_schema_extra={"default": "auto"},
        ),
    ]
    create_response: Annotated[
        bool,
        Field(
            description="Answer by itself when a turn ends.", json_schema_extra={"default": True}
        ),
    ]
    interrupt_response: Annotated[
        bool,
        Field(
            description="Stop the running answer when the user speaks.",
            json_schema_extra={"default": True},
        ),
    ]


TurnDetection = Annotated[
    ServerVad | SemanticVad, OneOf(server_vad=ServerVad, semantic_vad=SemanticVad)
]


@with_config(STRICT)
class AudioInput(TypedDict, total=False):
    """What OpenAI hears: the same in conversations and transcription sessions."""

    format: Annotated[AudioFormat, Field(description="How the input is encoded.")]
    transcription: Annotated[
        Transcription | None,
        Field(description="Transcribe the input; null turns it off, which is the default."),
    ]
    noise_reduction: Annotated[
        NoiseReduction | None,
        Field(description="Filter noise; null turns it off, which is the default."),
    ]
    turn_detection: Annotated[
        TurnDetection | None,
        Field(description="How the end of a turn is found; null leaves it to the app."),
    ]


@with_config(STRICT)
class CustomVoice(TypedDict, total=False):
    """A voice of the operator's own."""

    id: Required[Annotated[str, Field(description="Voice id, such as `voice_1234`.")]]


@with_config(STRICT)
class AudioOutput(TypedDict, total=False):
    """What the user hears."""

    format: Annotated[AudioFormat, Field(description="How the output is encoded.")]
    voice: Annotated[
        str | CustomVoice,
        OneOf(string=str, object=CustomVoice),
        Field(
            description="A built-in voice by name (alloy, ash, ballad, coral, echo, sage, shimmer, "
            "verse, marin, cedar; any name is sent on) or a custom voice by id.",
            json_schema_extra={"default": "alloy"},
        ),
    ]
    speed: Annotated[
        float,
        Field(
            ge=0.25,
            le=1.5,
            description="Speed of speech; 1 is normal.",
            json_schema_extra={"default": 1},
        ),
    ]


@with_config(STRICT)
class RealtimeAudio(TypedDict, total=False):
    """Audio of a conversation."""

    input: Annotated[AudioInput, Field(description="What OpenAI hears.")]
    output: Annotated[AudioOutput, Field(description="What the user hears.")]


@with_config(STRICT)
class TranscriptionAudio(TypedDict, total=False):
    """Audio of a transcription session, which has no output."""

    input: Annotated[AudioInput, Field(description="What OpenAI hears.")]
