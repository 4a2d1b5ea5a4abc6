import json
import tracemalloc
from typing import Any

import pytest

from broker.contract import Kind, validators
from broker.errors import BrokerError
from broker.params import UnknownFields, parse


def _parse(body: Any, kind: Kind = "realtime", unknown: UnknownFields = "reject") -> dict[str, Any]:
    raw_body = body if isinstance(body, str) else json.dumps(body)
    return parse(raw_body, is_base64=False, kind=kind, unknown_fields=unknown)


def _refusal(body: Any, kind: Kind = "realtime", unknown: UnknownFields = "reject") -> BrokerError:
    with pytest.raises(BrokerError) as refused:
        _parse(body, kind, unknown)
    assert refused.value.row.status == 400
    return refused.value


def _realtime(**fields: Any) -> dict[str, Any]:
    return {"session": {"type": "realtime", **fields}}


def _input(**fields: Any) -> dict[str, Any]:
    return _realtime(audio={"input": fields})


def _output(**fields: Any) -> dict[str, Any]:
    return _realtime(audio={"output": fields})


def _mcp(**fields: Any) -> dict[str, Any]:
    return _realtime(
        tools=[{"type": "mcp", "server_label": "s", "server_url": "https://s.test", **fields}]
    )


@pytest.mark.parametrize(
    "raw_body",
    [
        "{}",
        '{"session":null,"expires_after":null}',
        '{"session":{"type":"realtime"},"expires_after":{}}',
        '{"expires_after":{"seconds":600.0}}',
        '{"expires_after":{"seconds":1E1}}',
        '{"session":{"max_output_tokens":4096.0,"type":"realtime"}}',
        '{"session":{"type":"realtime","audio":{"output":{"speed":1}}}}',
        '{"session":{"type":"realtime","audio":{"input":{"transcription":null,'
        '"noise_reduction":null,"turn_detection":null}},"tracing":null,"prompt":null}}',
        '{"session":{"model":"gpt-new","type":"realtime","instructions":"é\\u00e9 \\u65e5"}}',
        '{"session":{"type":"realtime","audio":{"output":{"voice":"a-new-one"}}}}',
        '{"session":{"type":"realtime","audio":{"input":{"format":{"rate":24000.0}}}}}',
        '{"session":{"tools":[{"parameters":{"z":1,"a":{"$ref":"x"},"n":null},"name":"f"}],'
        '"type":"realtime"}}',
    ],
)
def test_a_good_body_comes_back_as_it_was_written(raw_body: str) -> None:
    params = _parse(raw_body)

    assert json.dumps(params) == json.dumps(json.loads(raw_body))


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        pytest.param({"session": {}}, "missing_required_parameter", "session.type", id="no-type"),
        pytest.param({"session": {"type": "x"}}, "invalid_value", "session.type", id="bad-type"),
        pytest.param({"session": {"type": 5}}, "invalid_type", "session.type", id="type-number"),
        pytest.param({"session": {"type": None}}, "invalid_type", "session.type", id="type-null"),
        pytest.param({"session": []}, "invalid_type", "session", id="session-array"),
        pytest.param(
            {"expires_after": {"seconds": 9}},
            "integer_below_min_value",
            "expires_after.seconds",
            id="ttl-low",
        ),
        pytest.param(
            {"expires_after": {"seconds": 7201}},
            "integer_above_max_value",
            "expires_after.seconds",
            id="ttl-high",
        ),
        pytest.param(
            {"expires_after": {"seconds": 9.0}},
            "integer_below_min_value",
            "expires_after.seconds",
            id="ttl-low-as-decimal",
        ),
        pytest.param(
            {"expires_after": {"seconds": 60.5}},
            "invalid_type",
            "expires_after.seconds",
            id="ttl-fraction",
        ),
        pytest.param(
            {"expires_after": {"seconds": "60"}},
            "invalid_type",
            "expires_after.seconds",
            id="ttl-string",
        ),
        pytest.param(
            {"expires_after": {"seconds": True}},
            "invalid_type",
            "expires_after.seconds",
            id="ttl-boolean",
        ),
        pytest.param(
            {"expires_after": {"anchor": "now"}},
            "invalid_value",
            "expires_after.anchor",
            id="anchor",
        ),
        pytest.param(
            _output(speed=1.6), "decimal_above_max_value", "session.audio.output.speed", id="fast"
        ),
        pytest.param(
            _output(speed=0), "decimal_below_min_value", "session.audio.output.speed", id="slow"
        ),
        pytest.param(
            _output(speed=True), "invalid_type", "session.audio.output.speed", id="speed-boolean"
        ),
        pytest.param(
            _output(voice={}),
            "missing_required_parameter",
            "session.audio.output.voice.id",
            id="voice-without-id",
        ),
        pytest.param(_output(voice=1), "invalid_type", "session.audio.output.voice", id="voice"),
        pytest.param(
            _input(format={"type": "audio/pcm", "rate": 16000}),
            "integer_below_min_value",
            "session.audio.input.format.rate",
            id="16-khz",
        ),
        pytest.param(
            _input(transcription={"languages": []}),
            "empty_array",
            "session.audio.input.transcription.languages",
            id="no-languages",
        ),
        pytest.param(
            _input(turn_detection={}),
            "missing_required_parameter",
            "session.audio.input.turn_detection.type",
            id="vad-without-type",
        ),
        pytest.param(
            _input(turn_detection={"type": "server_vad", "idle_timeout_ms": 4999}),
            "integer_below_min_value",
            "session.audio.input.turn_detection.idle_timeout_ms",
            id="idle-timeout",
        ),
        pytest.param(
            _input(turn_detection={"type": "server_vad", "threshold": 1.01}),
            "decimal_above_max_value",
            "session.audio.input.turn_detection.threshold",
            id="threshold",
        ),
        pytest.param(
            _realtime(max_output_tokens=0),
            "integer_below_min_value",
            "session.max_output_tokens",
            id="no-tokens",
        ),
        pytest.param(
            _realtime(max_output_tokens="many"),
            "invalid_value",
            "session.max_output_tokens",
            id="many-tokens",
        ),
        pytest.param(
            _realtime(max_output_tokens=None),
            "invalid_type",
            "session.max_output_tokens",
            id="null-tokens",
        ),
        pytest.param(_realtime(tools=[5]), "invalid_type", "session.tools[0]", id="tool-number"),
        pytest.param(
            _realtime(tools=[{"name": "a"}, {"type": "function"}]),
            "missing_required_parameter",
            "session.tools[1].name",
            id="tool-without-name",
        ),
        pytest.param(
            _realtime(tools=[{"server_label": "s", "server_url": "https://s.test"}]),
            "missing_required_parameter",
            "session.tools[0].type",
            id="mcp-without-type",
        ),
        pytest.param(
            _realtime(tools=[{"type": "web_search"}]),
            "invalid_value",
            "session.tools[0].type",
            id="tool-of-no-kind",
        ),
        pytest.param(
            _realtime(tools=[{"type": "mcp", "server_url": "https://s.test"}]),
            "missing_required_parameter",
            "session.tools[0].server_label",
            id="mcp-without-label",
        ),
        pytest.param(
            _mcp(tunnel_id="tunnel_x"), "invalid_value", "session.tools[0].tunnel_id", id="tunnel"
        ),
        pytest.param(
            _mcp(headers={"X-A": 1}), "invalid_type", "session.tools[0].headers.X-A", id="header"
        ),
        pytest.param(
            _mcp(allowed_callers=[]),
            "empty_array",
            "session.tools[0].allowed_callers",
            id="no-callers",
        ),
        pytest.param(
            _mcp(allowed_tools=["a", 5]),
            "invalid_type",
            "session.tools[0].allowed_tools[1]",
            id="allowed-tool",
        ),
        pytest.param(
            _mcp(allowed_tools={"names": []}),
            "unknown_parameter",
            "session.tools[0].allowed_tools.names",
            id="filter",
        ),
        pytest.param(
            _mcp(require_approval={"always": {"read_only": 1}}),
            "invalid_type",
            "session.tools[0].require_approval.always.read_only",
            id="approval-filter",
        ),
        pytest.param(
            _mcp(require_approval="ask"),
            "invalid_value",
            "session.tools[0].require_approval",
            id="approval",
        ),
        pytest.param(
            _realtime(tool_choice={"name": "f"}),
            "missing_required_parameter",
            "session.tool_choice.type",
            id="choice-without-type",
        ),
        pytest.param(
            _realtime(truncation={"type": "retention_ratio", "retention_ratio": 1.1}),
            "decimal_above_max_value",
            "session.truncation.retention_ratio",
            id="retention",
        ),
        pytest.param(
            _realtime(
                truncation={
                    "type": "retention_ratio",
                    "retention_ratio": 1,
                    "token_limits": {"post_instructions": -1},
                }
            ),
            "integer_below_min_value",
            "session.truncation.token_limits.post_instructions",
            id="token-limits",
        ),
        pytest.param(
            _realtime(prompt={"id": "p", "variables": {"v": {"type": "input_text"}}}),
            "missing_required_parameter",
            "session.prompt.variables.v.text",
            id="variable",
        ),
        pytest.param(_realtime(tracing="on"), "invalid_value", "session.tracing", id="tracing"),
        pytest.param(
            _realtime(include=["all"]), "invalid_value", "session.include[0]", id="include"
        ),
        pytest.param(
            _realtime(instructions=None), "invalid_type", "session.instructions", id="nul"
        ),
        pytest.param({"a": 1}, "unknown_parameter", "a", id="unknown-at-the-top"),
    ],
)
def test_a_bad_body_is_refused_with_openais_code_and_the_exact_path(
    body: Any, code: str, param: str
) -> None:
    refusal = _refusal(body)

    assert (refusal.row.code, refusal.param) == (code, param)
    assert param in refusal.message or code == "invalid_value"


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        pytest.param({}, "missing_required_parameter", "session", id="no-session"),
        pytest.param({"session": {}}, "missing_required_parameter", "session.model", id="no-model"),
        pytest.param(
            {"session": {"model": "m", "voice": "x"}},
            "unknown_parameter",
            "session.voice",
            id="voice",
        ),
        pytest.param(
            {"session": {"model": "m", "audio": {"input": {"transcription": {}}}}},
            "missing_required_parameter",
            "session.audio.input.transcription.model",
            id="transcription-without-model",
        ),
        pytest.param(
            {"session": {"model": "m", "audio": {"input": {"noise_reduction": {}}}}},
            "missing_required_parameter",
            "session.audio.input.noise_reduction.type",
            id="noise-reduction-without-type",
        ),
    ],
)
def test_a_bad_translation_body_is_refused(body: Any, code: str, param: str) -> None:
    refusal = _refusal(body, "translation")

    assert (refusal.row.code, refusal.param) == (code, param)


def test_a_full_translation_body_is_accepted() -> None:
    body = {
        "session": {
            "model": "gpt-realtime-translate",
            "audio": {
                "input": {"transcription": {"model": "x"}, "noise_reduction": None},
                "output": {"language": "es"},
            },
        },
        "expires_after": {"anchor": "created_at", "seconds": 60},
    }

    assert _parse(body, "translation") == body


def test_all_violations_are_told_and_the_first_leads() -> None:
    refusal = _refusal(
        {
            "expires_after": {"seconds": 1},
            **_realtime(model=1, tools=[{"type": "function", "strict": True}]),
        }
    )

    assert refusal.param == "expires_after.seconds"
    assert [(found.code, found.param) for found in refusal.details] == [
        ("integer_below_min_value", "expires_after.seconds"),
        ("invalid_type", "session.model"),
        ("missing_required_parameter", "session.tools[0].name"),
        ("unknown_parameter", "session.tools[0].strict"),
    ]


def test_no_more_than_fifty_violations_are_told() -> None:
    refusal = _refusal({f"k{number}": 1 for number in range(5000)})

    assert len(refusal.details) == 50


def test_many_violations_below_a_long_key_take_little_memory() -> None:
    unknown = {f"{number:x}": 0 for number in range(20_000)}
    variable = {"type": "input_text", "text": "t", **unknown}
    body = _realtime(prompt={"id": "p", "variables": {"k" * 1024: variable}})

    tracemalloc.start()
    refusal = _refusal(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(refusal.details) == 50
    assert peak < 64 * 1024 * 1024


def test_a_single_violation_needs_no_details() -> None:
    assert _refusal({"a": 1}).details == ()


# Keys that are spelt like union tags, types, indexes and paths.
@pytest.mark.parametrize(
    "key",
    ["realtime", "function", "mcp", "str", "object", "-1", "0", "[0]", "[key]", "", "a.b", "é"],
)
def test_a_path_is_exact_whatever_its_keys_are_called(key: str) -> None:
    variables = {"id": "p", "variables": {key: {"type": "input_text", "text": "t", key: 1}}}

    refusal = _refusal(_realtime(prompt=variables, tools=[{"name": "f", key: 1}]))

    assert refusal.param == f"session.tools[0].{key}"
    assert refusal.details[1].param == f"session.prompt.variables.{key}.{key}"


def test_unknown_fields_pass_at_every_depth_when_they_are_forwarded() -> None:
    body = {
        "new": 1,
        **_realtime(
            new={"a": [1]},
            tools=[{"name": "f", "new": None}],
            audio={"new": 1, "output": {"voice": {"id": "v", "new": 1}}},
            tool_choice={"type": "function", "name": "f", "new": 1},
        ),
    }

    assert _parse(body, unknown="forward") == body


def test_known_fields_are_judged_also_when_unknown_ones_are_forwarded() -> None:
    refusal = _refusal({"new": 1, **_realtime(new=1, model=5)}, unknown="forward")

    assert refusal.param == "session.model"
    assert refusal.details == ()


def test_the_validator_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _parse({})

    monkeypatch.setattr(validators, "SchemaValidator", None)

    assert _parse({"session": None}) == {"session": None}
