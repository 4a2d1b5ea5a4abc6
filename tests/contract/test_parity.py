import copy
from typing import Any

import pytest

from broker.contract import Kind
from tests.contract.openai_types import trees
from tests.contract.parity import lacking, our_schema

TREES = trees()
KINDS: tuple[Kind, ...] = ("realtime", "translation")


def _without(definition: str, *keys: str) -> Any:
    """Our schema of conversations less one thing: a property, or a value of an enum."""
    schema = copy.deepcopy(our_schema("realtime"))
    node = schema["$defs"][definition]
    for key in keys[:-1]:
        node = node[key]
    if isinstance(node, list):
        node.remove(keys[-1])
    else:
        del node[keys[-1]]
    return schema


@pytest.mark.parametrize("kind", KINDS)
def test_our_models_have_all_that_openais_types_name(kind: Kind) -> None:
    assert lacking(TREES[kind], our_schema(kind)) == []


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        pytest.param(
            _without("RealtimeSession", "properties", "truncation"),
            "body.session.truncation: field",
            id="field",
        ),
        pytest.param(
            _without("McpToolFilter", "properties", "read_only"),
            "body.session.tools[].allowed_tools.read_only: field",
            id="field-deep-down",
        ),
        pytest.param(
            _without("InputFile", "properties", "file_data"),
            "body.session.prompt.variables.*.file_data: field",
            id="field-of-a-variant-in-a-map",
        ),
        pytest.param(
            _without("Reasoning", "properties", "effort", "enum", "xhigh"),
            "body.session.reasoning.effort: value 'xhigh'",
            id="literal",
        ),
        pytest.param(
            _without("AudioFormat", "properties", "type", "enum", "audio/pcmu"),
            "body.session.audio.input.format: variant AudioPCMU",
            id="variant",
        ),
        pytest.param(
            _without("SemanticVad", "properties", "type"),
            "body.session.audio.input.turn_detection: variant SemanticVad",
            id="variant-of-a-union",
        ),
    ],
)
def test_what_is_removed_from_our_models_is_noticed(schema: Any, line: str) -> None:
    assert line in lacking(TREES["realtime"], schema)


def test_a_lost_null_is_noticed() -> None:
    schema = copy.deepcopy(our_schema("realtime"))
    prompt = schema["$defs"]["RealtimeSession"]["properties"]["prompt"]
    prompt["anyOf"] = [arm for arm in prompt["anyOf"] if arm != {"type": "null"}]

    assert lacking(TREES["realtime"], schema) == ["body.session.prompt: null"]


def test_what_openai_adds_is_noticed() -> None:
    tree = copy.deepcopy(TREES["realtime"])
    conversation, transcription = tree["fields"]["session"]["of"]["arms"]
    conversation["fields"]["mood"] = {"required": False, "of": {"kind": "string"}}
    transcription["fields"]["type"]["of"]["values"] = ["dictation"]

    assert lacking(tree, our_schema("realtime")) == [
        "body.session.mood: field",
        "body.session: variant RealtimeTranscriptionSessionCreateRequestParam",
    ]
