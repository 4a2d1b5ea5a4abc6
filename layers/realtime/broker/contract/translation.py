"""The body of POST /realtime/translations/client_secrets."""

from typing import Annotated, Required

from pydantic import Field, with_config

# typing's own TypedDict satisfies Pydantic from Python 3.12 on.
from typing_extensions import TypedDict

from broker.contract.audio import NoiseReductionType
from broker.contract.one_of import STRICT
from broker.contract.session import ExpiresAfter


@with_config(STRICT)
class TranslationNoiseReduction(TypedDict, total=False):
    """Filters noise out of the input."""

    type: Required[
        Annotated[
            NoiseReductionType,
            Field(description="`near_field` for a headset, `far_field` for a room microphone."),
        ]
    ]
    strength: Annotated[
        float,
        Field(
            description="How strongly noise is suppressed; more is stronger.",
            json_schema_extra={"default": 1},
        ),
    ]


@with_config(STRICT)
class SourceTranscription(TypedDict, total=False):
    """Transcribes the source language beside the translation."""

    model: Required[Annotated[str, Field(description="Transcription model; any name is sent on.")]]


@with_config(STRICT)
class TranslationInput(TypedDict, total=False):
    """What OpenAI hears."""

    transcription: Annotated[
        SourceTranscription | None, Field(description="Transcribe the source; null is off.")
    ]
    noise_reduction: Annotated[
        TranslationNoiseReduction | None, Field(description="Filter noise; null is off.")
    ]


@with_config(STRICT)
class TranslationOutput(TypedDict, total=False):
    """What the user hears."""

    language: Annotated[str, Field(description="Language to translate into.")]


@with_config(STRICT)
class TranslationAudio(TypedDict, total=False):
    """Audio of a translation session."""

    input: Annotated[TranslationInput, Field(description="What OpenAI hears.")]
    output: Annotated[TranslationOutput, Field(description="What the user hears.")]


@with_config(STRICT)
class TranslationSession(TypedDict, total=False):
    """A live translation. It has no `type`."""

    model: Required[Annotated[str, Field(description="Translation model; any name is sent on.")]]
    audio: Annotated[TranslationAudio, Field(description="Input and output audio.")]


@with_config(STRICT)
class TranslationClientSecretRequest(TypedDict, total=False):
    """Body of a call for a client secret of a translation session."""

    session: Required[
        Annotated[
            TranslationSession | None,
            Field(description="The session the client secret is bound to."),
        ]
    ]
    expires_after: Annotated[
        ExpiresAfter | None, Field(description="When the client secret expires.")
    ]
