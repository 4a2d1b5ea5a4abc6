"""A profile's limits: what is sent where nobody says a number, and which values are too much."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from broker.contract import Kind
from broker.merging import Path

if TYPE_CHECKING:
    from broker.profile_model import Limits, TtlLimits

# OpenAI's own, where nobody says how long. Source: OpenAI API specification, `expires_after`.
OPENAI_TTL_S = 600

SECONDS: Path = ("expires_after", "seconds")
_MODEL: Path = ("session", "model")
_TRANSCRIPTION: Path = ("session", "audio", "input", "transcription")
_TRANSCRIPTION_MODEL: Path = (*_TRANSCRIPTION, "model")
_MAX_OUTPUT_TOKENS: Path = ("session", "max_output_tokens")


def session_type(params: Mapping[str, Any], kind: Kind) -> object:
    """The type of session that OpenAI would make of *params*."""
    if kind == "translation":
        return kind
    return at(params, ("session", "type")) or "realtime"


def filled(params: dict[str, Any], limits: "Limits", kind: Kind) -> dict[str, Any]:
    """*params* with a limited number put in where it says none, which would be OpenAI's own."""
    ttl_s, most = limits.get("ttl_s"), limits.get("max_output_tokens")
    if ttl_s is not None and at(params, SECONDS) is None:
        expires_after = params.get("expires_after")
        if expires_after is None or isinstance(expires_after, dict):
            given = expires_after or {"anchor": "created_at"}
            params = {**params, "expires_after": {**given, "seconds": _ttl_s(ttl_s)}}
    if most is not None and at(params, _MAX_OUTPUT_TOKENS) is None:
        session = params.get("session")
        is_object = session is None or isinstance(session, dict)
        if is_object and session_type(params, kind) == "realtime":
            given = session or {"type": "realtime"}
            params = {**params, "session": {**given, "max_output_tokens": most}}
    return params


def exceeded(params: Mapping[str, Any], limits: "Limits", kind: Kind) -> Iterator[tuple[Path, str]]:
    """Paths whose values are beyond the limits, and what is allowed there."""
    given_type = session_type(params, kind)
    types = limits.get("session_types")
    if types is not None and given_type not in types:
        path: Path = () if kind == "translation" else ("session", "type")
        yield path, f"makes sessions of these types only: {', '.join(types)}"
    yield from _models(params, limits, given_type)
    seconds = at(params, SECONDS)
    most_s = (limits.get("ttl_s") or {}).get("maximum")
    if most_s is not None and isinstance(seconds, int | float) and seconds > most_s:
        yield SECONDS, f"allows at most {most_s} seconds"
    tokens, most = at(params, _MAX_OUTPUT_TOKENS), limits.get("max_output_tokens")
    if most is not None and (
        tokens == "inf" or (isinstance(tokens, int | float) and tokens > most)
    ):
        yield _MAX_OUTPUT_TOKENS, f"allows at most {most} output tokens"
    yield from _tools(params, limits)


def at(node: Any, path: Path) -> Any:
    """The value at *path*, None where there is none."""
    for key in path:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _ttl_s(limits: "TtlLimits") -> int:
    return limits.get("default") or min(OPENAI_TTL_S, limits.get("maximum") or OPENAI_TTL_S)


def _models(
    params: Mapping[str, Any], limits: "Limits", given_type: object
) -> Iterator[tuple[Path, str]]:
    models = limits.get("models")
    if models is None:
        return
    places = [_TRANSCRIPTION_MODEL] if given_type == "transcription" else [_MODEL]
    if given_type != "transcription" and isinstance(at(params, _TRANSCRIPTION), Mapping):
        places.append(_TRANSCRIPTION_MODEL)
    for path in places:
        model = at(params, path)
        # Where none is named OpenAI takes one of its own, which nobody has allowed.
        if not isinstance(model, str) or not any(_matches(model, each) for each in models):
            yield path, f"needs one of these models: {', '.join(models)}"


def _matches(model: str, pattern: str) -> bool:
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), model, re.DOTALL) is not None


def _tools(params: Mapping[str, Any], limits: "Limits") -> Iterator[tuple[Path, str]]:
    tools, types = at(params, ("session", "tools")), limits.get("tool_types")
    if types is None or not isinstance(tools, list):
        return
    for index, tool in enumerate(tools):
        # A tool without a type is a function.
        kind = tool.get("type", "function") if isinstance(tool, Mapping) else None
        if kind not in types:
            allowed = " and ".join(types) or "none"
            yield ("session", f"tools[{index}]", "type"), f"allows tools of these types: {allowed}"
