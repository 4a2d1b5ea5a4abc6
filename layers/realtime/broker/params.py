"""From the request's body to params: read as JSON, judged by the models, returned untouched."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Literal

from pydantic_core import ErrorDetails, ValidationError

from broker.contract import Kind
from broker.contract.rules import broken_rules
from broker.contract.validators import validator_of
from broker.errors import Violation, invalid_params
from broker.hints import hint
from broker.json_body import read_object
from broker.violations import missing, violations_of

__all__ = ["Kind", "UnknownFields", "judge", "parse"]

UnknownFields = Literal["reject", "forward"]

MAX_VIOLATIONS = 50


def parse(
    raw_body: str | None, *, is_base64: bool, kind: Kind, unknown_fields: UnknownFields
) -> dict[str, Any]:
    """Read and judge the body of a call for a client secret.

    Args:
        raw_body: The event's `body`; absent, empty and blank are `{}`.
        is_base64: The event's `isBase64Encoded`.
        kind: Which call: `realtime`, with both of its session variants, or `translation`.
        unknown_fields: `forward` lets keys pass, at any depth, that the models do not know.

    Returns:
        The parsed JSON object itself: absent stays absent, `null` stays `null`, `1` stays `1`.

    Raises:
        CallerError: `invalid_json`, `request_too_large`, or the first violation in OpenAI's grammar
            with all of them in `details`.
    """
    params = read_object(raw_body, is_base64=is_base64)
    violations = judge(params, kind=kind, unknown_fields=unknown_fields)
    if violations:
        raise invalid_params(violations)
    return params


def judge(params: dict[str, Any], *, kind: Kind, unknown_fields: UnknownFields) -> list[Violation]:
    """What is wrong with *params*, at most 50 violations; empty when OpenAI may be asked.

    Args:
        params: A parsed body. It is not changed.
        kind: As in `parse`.
        unknown_fields: As in `parse`.
    """
    found = _violations(params, kind)
    if unknown_fields == "forward":
        found = (violation for violation in found if violation.code != "unknown_parameter")
    return list(islice(found, MAX_VIOLATIONS))


def _violations(params: dict[str, Any], kind: Kind) -> Iterator[Violation]:
    body = params
    session = params.get("session")
    if kind == "realtime" and isinstance(session, dict) and "type" not in session:
        # The rest is judged as a conversation, which has all fields of a transcription session.
        yield _without_type(session)
        body = {**params, "session": {**session, "type": "realtime"}}
    yield from violations_of(_errors(body, kind))
    yield from broken_rules(params)


def _without_type(session: dict[str, Any]) -> Violation:
    found = missing("session.type")
    return replace(found, message=f"{found.message} {hint(found.code, 'session.type', session)}")


def _errors(body: dict[str, Any], kind: Kind) -> list[ErrorDetails]:
    found = _errors_of_model(body, kind)
    # In JSON 600.0 is an integer, though not in Python. Rare, so the body is judged a second time.
    whole = [error["loc"] for error in found if _is_whole(error)]
    if not whole:
        return found
    for loc in whole:
        body = _with_integer(body, [step for step in loc if isinstance(step, str) or step >= 0])
    return _errors_of_model(body, kind)


def _errors_of_model(body: dict[str, Any], kind: Kind) -> list[ErrorDetails]:
    try:
        validator_of(kind).validate_python(body)
    except ValidationError as exc:
        return exc.errors(include_url=False)
    return []


def _is_whole(error: ErrorDetails) -> bool:
    given = error["input"]
    return error["type"] == "int_type" and isinstance(given, float) and given.is_integer()


def _with_integer(node: Any, steps: list[int | str]) -> Any:
    """A copy of *node* along the path *steps*, at whose end the whole number is an `int`."""
    if not steps:
        return int(node)
    copy = node.copy()
    copy[steps[0]] = _with_integer(node[steps[0]], steps[1:])
    return copy
