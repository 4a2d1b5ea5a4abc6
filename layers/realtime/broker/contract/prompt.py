"""Prompt templates kept at OpenAI, and what fills their variables."""

from typing import Annotated, Literal, Required

from pydantic import Field, with_config

# typing's own TypedDict satisfies Pydantic from Python 3.12 on.
from typing_extensions import TypedDict

from broker.contract.one_of import STRICT, OneOf


@with_config(STRICT)
class PromptCacheBreakpoint(TypedDict, total=False):
    """Marks where the reusable beginning of a prompt ends."""

    mode: Required[Annotated[Literal["explicit"], Field(description="Always `explicit`.")]]
    ttl: Annotated[
        Literal["30m", "12h"], Field(description="How long the cache keeps it at least.")
    ]


_Breakpoint = Annotated[
    PromptCacheBreakpoint, Field(description="The reusable beginning of the prompt ends here.")
]


@with_config(STRICT)
class InputText(TypedDict, total=False):
    """A text."""

    type: Required[Annotated[Literal["input_text"], Field(description="Always `input_text`.")]]
    text: Required[Annotated[str, Field(description="The text.")]]
    prompt_cache_breakpoint: _Breakpoint


@with_config(STRICT)
class InputImage(TypedDict, total=False):
    """An image, by URL (`data:` too) or by file id."""

    type: Required[Annotated[Literal["input_image"], Field(description="Always `input_image`.")]]
    # The schema requires it and its prose gives it a default: in doubt it may be absent.
    detail: Annotated[
        Literal["low", "high", "auto", "original"],
        Field(
            description="How closely the model looks at it.", json_schema_extra={"default": "auto"}
        ),
    ]
    image_url: Annotated[str | None, Field(description="URL or data URL of the image.")]
    file_id: Annotated[str | None, Field(description="Id of a file at OpenAI.")]
    prompt_cache_breakpoint: _Breakpoint


@with_config(STRICT)
class InputFile(TypedDict, total=False):
    """A file, by content, by URL or by file id."""

    type: Required[Annotated[Literal["input_file"], Field(description="Always `input_file`.")]]
    file_id: Annotated[str | None, Field(description="Id of a file at OpenAI.")]
    filename: Annotated[str, Field(description="Name of the file.")]
    file_data: Annotated[str, Field(description="Content of the file.")]
    file_url: Annotated[str, Field(description="URL of the file.")]
    detail: Annotated[
        Literal["auto", "low", "high"],
        Field(
            description="How finely the file is rendered.", json_schema_extra={"default": "auto"}
        ),
    ]
    prompt_cache_breakpoint: _Breakpoint


PromptVariable = Annotated[
    str | InputText | InputImage | InputFile,
    OneOf(string=str, input_text=InputText, input_image=InputImage, input_file=InputFile),
]


@with_config(STRICT)
class Prompt(TypedDict, total=False):
    """A prompt template kept at OpenAI."""

    id: Required[Annotated[str, Field(description="Id of the template.")]]
    version: Annotated[str | None, Field(description="Version of the template; null is current.")]
    variables: Annotated[
        dict[str, PromptVariable] | None, Field(description="Name to value of each variable.")
    ]
