"""OpenAI's contract for the two minting calls, as Pydantic judges it.

    session.py       the body of POST /realtime/client_secrets: both session variants
    translation.py   the body of POST /realtime/translations/client_secrets
    audio.py         formats, transcription, noise reduction, turn detection, voices
    tools.py         function and MCP tools, tool choice
    prompt.py        prompt templates and their variables
    rules.py         what two fields may not say together
    one_of.py        how a union picks its arm, so that every error has one exact path
    arms.py          the same, as the function runs it
    validators.py    the models as the function runs them; compiled/ holds what it reads

The models are `TypedDict`s, because there absent and `null` are two things, as they are to OpenAI,
and nothing is ever instantiated: the models judge, the parsed JSON object itself is sent on. Where
OpenAI's schema, prose and live behaviour disagree they refuse what OpenAI certainly refuses and let
the rest pass; docs/api.md has each choice.

Source: OpenAI's API description 2.3.0, and the request types of its official Python SDK.
"""

from typing import Any, Literal

Kind = Literal["realtime", "translation"]


def model_of(kind: Kind) -> Any:
    """The model of one call's body, for readers; the function runs `validators` instead."""
    if kind == "translation":
        from broker.contract.translation import TranslationClientSecretRequest

        return TranslationClientSecretRequest

    from broker.contract.session import ClientSecretRequest

    return ClientSecretRequest
