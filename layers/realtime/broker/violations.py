"""What Pydantic found, in OpenAI's grammar: exact path, OpenAI's code, OpenAI's wording."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import ErrorDetails

from broker.errors import Violation
from broker.hints import hint
from broker.shown import kind_of, shown_key, shown_number, shown_text

_EXPECTED = {
    "int_type": "an integer",
    "float_type": "a number",
    "string_type": "a string",
    "bool_type": "a boolean",
    "list_type": "an array",
    "dict_type": "an object",
}
_SHAPES = {
    "string": "a string",
    "number": "an integer",
    "array": "an array",
    "object": "an object",
}


def violations_of(errors: Iterable[ErrorDetails]) -> Iterator[Violation]:
    """Each thing wrong with the body, in the order in which the models name their fields."""
    for found in errors:
        violation = _SENTENCES.get(found["type"], _wrong_type)(found, path_of(found["loc"]))
        advice = hint(violation.code, violation.param or "", found["input"])
        if advice:
            violation = replace(violation, message=f"{violation.message} {advice}")
        yield violation


def path_of(loc: tuple[int | str, ...]) -> str:
    """The path as OpenAI writes it: `session.tools[0].name`, without the tags of unions."""
    path = ""
    for step in loc:
        if isinstance(step, str):
            path += f".{shown_key(step)}" if path else shown_key(step)
        elif step >= 0:
            path += f"[{step}]"
    return path


def missing(path: str) -> Violation:
    """A required field is absent."""
    return Violation("missing_required_parameter", f"Missing required parameter: '{path}'.", path)


def _missing(_found: Any, path: str) -> Violation:
    return missing(path)


def _unknown(_found: Any, path: str) -> Violation:
    return Violation("unknown_parameter", f"Unknown parameter: '{path}'.", path)


def _wrong_type(found: Any, path: str) -> Violation:
    return _type_violation(path, _EXPECTED.get(found["type"], "another value"), found["input"])


def _type_violation(path: str, expected: str, given: Any) -> Violation:
    message = f"Invalid type for '{path}': expected {expected}, but got {kind_of(given)} instead."
    return Violation("invalid_type", message, path)


def _not_in_enum(found: Any, path: str) -> Violation:
    # Pydantic has the names quoted and joined already: "'a', 'b' or 'c'".
    allowed = found["ctx"]["expected"].replace(" or ", ", ").split(", ")
    return _enum_violation(path, [name.strip("'") for name in allowed], found["input"])


def _enum_violation(path: str, allowed: Sequence[str], given: Any) -> Violation:
    if not isinstance(given, str):
        return _type_violation(path, f"one of {_listed(allowed, 'or')}", given)
    message = (
        f"Invalid value: '{shown_text(given)}'. Supported values are: {_listed(allowed, 'and')}."
    )
    return Violation("invalid_value", message, path)


def _out_of_range(found: Any, path: str) -> Violation:
    low = found["type"] == "greater_than_equal"
    limit = found["ctx"]["ge" if low else "le"]
    number = "decimal" if isinstance(limit, float) else "integer"
    message = (
        f"Invalid '{path}': {number} {'below minimum' if low else 'above maximum'} value. "
        f"Expected a value {'>=' if low else '<='} {limit:g}, "
        f"but got {shown_number(found['input'])} instead."
    )
    return Violation(f"{number}_{'below_min' if low else 'above_max'}_value", message, path)


def _empty(found: Any, path: str) -> Violation:
    message = (
        f"Invalid '{path}': empty array. Expected an array with minimum length "
        f"{found['ctx']['min_length']}, but got an empty array instead."
    )
    return Violation("empty_array", message, path)


def _no_match(found: Any, path: str) -> Violation:
    message = (
        f"Invalid '{path}': string does not match pattern. Expected a string that matches the "
        f"pattern '{found['ctx']['pattern']}', but got '{shown_text(found['input'])}' instead."
    )
    return Violation("invalid_value", message, path)


def _no_arm(found: Any, path: str) -> Violation:
    given = found["input"]
    shapes, types = found["ctx"]["shapes"].split(), found["ctx"]["types"].split()
    if isinstance(given, dict) and types:
        if "type" not in given:
            return missing(f"{path}.type")
        return _enum_violation(f"{path}.type", types, given["type"])
    expected = [_SHAPES[shape] for shape in shapes] + (["an object"] if types else [])
    return _type_violation(path, " or ".join(expected), given)


def _listed(names: Sequence[str], conjunction: str) -> str:
    quoted = [f"'{name}'" for name in names]
    if len(quoted) < 3:
        return f" {conjunction} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {conjunction} {quoted[-1]}"


_SENTENCES: dict[str, Callable[[Any, str], Violation]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "literal_error": _not_in_enum,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "too_short": _empty,
    "string_pattern_mismatch": _no_match,
    "one_of": _no_arm,
}
