"""What judging one rich body costs, warm: `python -m benchmarks.judging`.

The body has every field of a conversation and 20 tools, functions and MCP servers in turn. Each
figure is the median of many single calls, so a busy machine moves the tail and not the figure.
`--cold` shows instead what a fresh process pays before its first body is judged.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from broker.json_body import read_object
from broker.params import judge, parse

CALLS = 2000
WARM_UP = 50
BUDGET_MS = 1.0
PROCESSES = 10

_COLD = """
import time
def step(code):
    started = time.perf_counter()
    exec(code, {})
    print((time.perf_counter() - started) * 1000)
step("import pydantic_core")
step("import broker.params")
step("import broker.params as p; p.judge({}, kind='realtime', unknown_fields='reject')")
"""
_COLD_STEPS = (
    "importing pydantic_core",
    "importing params",
    "the first body: building the validator",
)

_FORMAT = {"type": "audio/pcm", "rate": 24000}
_FILTER = {"tool_names": ["search", "fetch"], "read_only": True}
_BREAKPOINT = {"mode": "explicit", "ttl": "30m"}


def rich_body() -> dict[str, Any]:
    """A body with every field of a conversation and 20 tools."""
    return {
        "expires_after": {"anchor": "created_at", "seconds": 600},
        "session": {
            "type": "realtime",
            "model": "gpt-realtime",
            "instructions": "Speak clearly, briefly and kindly. " * 20,
            "output_modalities": ["audio"],
            "audio": {"input": _input(), "output": _output()},
            "include": ["item.input_audio_transcription.logprobs"],
            "tracing": {"workflow_name": "w", "group_id": "g", "metadata": {"team": "support"}},
            "tools": [_mcp(n) if n % 2 else _function(n) for n in range(20)],
            "tool_choice": {"type": "mcp", "server_label": "server_1", "name": "search"},
            "parallel_tool_calls": True,
            "reasoning": {"effort": "low"},
            "max_output_tokens": 4096,
            "truncation": {
                "type": "retention_ratio",
                "retention_ratio": 0.8,
                "token_limits": {"post_instructions": 5000},
            },
            "prompt": _prompt(),
        },
    }


def _input() -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "transcription": {
            "model": "gpt-transcribe",
            "language": "en",
            "languages": ["en", "de"],
            "keywords": ["Lambda"],
            "prompt": "A call about an order.",
            "delay": "low",
        },
        "noise_reduction": {"type": "near_field", "strength": 0.5},
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 500,
            "create_response": True,
            "interrupt_response": True,
            "idle_timeout_ms": 10000,
        },
    }


def _output() -> dict[str, Any]:
    return {"format": _FORMAT, "voice": {"id": "voice_1234"}, "speed": 1.1}


def _function(number: int) -> dict[str, Any]:
    properties = {f"field_{n}": {"type": "string", "description": "A field."} for n in range(5)}
    return {
        "type": "function",
        "name": f"function_{number}",
        "description": "Looks an order up.",
        "parameters": {"type": "object", "properties": properties, "required": ["field_0"]},
    }


def _mcp(number: int) -> dict[str, Any]:
    return {
        "type": "mcp",
        "server_label": f"server_{number}",
        "server_url": "https://mcp.example/sse",
        "connector_id": "connector_gmail",
        "tunnel_id": "tunnel_" + "a" * 32,
        "authorization": "canary",
        "server_description": "Orders.",
        "headers": {"X-Tenant": "t"},
        "allowed_tools": _FILTER,
        "allowed_callers": ["direct", "programmatic"],
        "require_approval": {"always": _FILTER, "never": {"tool_names": ["list"]}},
        "defer_loading": False,
    }


def _prompt() -> dict[str, Any]:
    return {
        "id": "pmpt_1",
        "version": "2",
        "variables": {
            "name": "Ada",
            "text": {"type": "input_text", "text": "t", "prompt_cache_breakpoint": _BREAKPOINT},
            "image": {
                "type": "input_image",
                "detail": "auto",
                "image_url": "https://images.example/1",
                "file_id": None,
                "prompt_cache_breakpoint": _BREAKPOINT,
            },
            "file": {
                "type": "input_file",
                "file_id": None,
                "filename": "f",
                "file_data": "ZGF0YQ==",
                "file_url": "https://files.example/1",
                "detail": "low",
                "prompt_cache_breakpoint": _BREAKPOINT,
            },
        },
    }


def median_ms(step: Callable[[], object]) -> float:
    """The median of single warm calls, in milliseconds."""
    taken = []
    for call in range(WARM_UP + CALLS):
        started = time.perf_counter_ns()
        step()
        if call >= WARM_UP:
            taken.append(time.perf_counter_ns() - started)
    return statistics.median(taken) / 1e6


def cold_ms() -> list[float]:
    """The median of each step of a fresh process, in milliseconds."""
    runs = [
        subprocess.run([sys.executable, "-c", _COLD], check=True, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES + 1)
    ]
    # The first may still have bytecode to write.
    steps = zip(*(map(float, run.stdout.split()) for run in runs[1:]), strict=True)
    return [statistics.median(step) for step in steps]


def show_cold() -> int:
    """Print what a fresh process pays."""
    for step, taken_ms in zip(_COLD_STEPS, cold_ms(), strict=True):
        sys.stdout.write(f"  {step:<40} {taken_ms:.0f} ms\n")
    return 0


def main() -> int:
    """Print the figures; fail when judging is over its budget."""
    body = rich_body()
    raw_body = json.dumps(body)
    empty = median_ms(
        lambda: parse("{}", is_base64=False, kind="realtime", unknown_fields="reject")
    )
    reading = median_ms(lambda: read_object(raw_body, is_base64=False))
    judging = median_ms(lambda: judge(body, kind="realtime", unknown_fields="reject"))
    whole = median_ms(
        lambda: parse(raw_body, is_base64=False, kind="realtime", unknown_fields="reject")
    )
    sys.stdout.write(
        f"a body of {len(raw_body)} bytes with every field and 20 tools, median of {CALLS} calls\n"
        f"  reading the JSON   {reading:.3f} ms\n"
        f"  judging it         {judging:.3f} ms\n"
        f"  both               {whole:.3f} ms   (budget {BUDGET_MS:g} ms)\n"
        f"  both, of {{}}        {empty:.3f} ms\n"
    )
    return 0 if whole < BUDGET_MS else 1


if __name__ == "__main__":
    sys.exit(show_cold() if "--cold" in sys.argv[1:] else main())
