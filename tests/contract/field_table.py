"""The cells of docs/api.md's field tables that follow from the models: all but the decision."""

import json
from typing import Any

from pydantic import TypeAdapter

from broker.contract.session import ClientSecretRequest
from broker.contract.translation import TranslationClientSecretRequest

Schema = dict[str, Any]
Cells = tuple[str, str, str, str]


def expected_tables() -> dict[str, list[Cells]]:
    """Model name to one row per field: field, type and values, range, default."""
    _, document = TypeAdapter.json_schemas(
        [
            ("request", "validation", TypeAdapter(ClientSecretRequest)),
            ("translation", "validation", TypeAdapter(TranslationClientSecretRequest)),
        ]
    )
    return {name: _rows(schema) for name, schema in document["$defs"].items()}


def _rows(schema: Schema) -> list[Cells]:
    required = schema.get("required", ())
    return [
        (
            f"`{name}`{' (required)' if name in required else ''}",
            _type(field),
            _range(field),
            f"`{json.dumps(field['default'])}`" if "default" in field else "",
        )
        for name, field in schema["properties"].items()
    ]


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f'`"{schema["const"]}"`'
    if "enum" in schema:
        return ", ".join(f'`"{value}"`' for value in schema["enum"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(_type(arm) for arm in schema[union])
    if schema["type"] == "array":
        return f"array of {_type(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_type(schema['additionalProperties'])}"
    return str(schema["type"])


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None:
        return f"{low:g} to {high:g}" if high is not None else f"at least {low:g}"
    if "minItems" in schema:
        return f"at least {schema['minItems']}"
    if "pattern" in schema:
        return f"`{schema['pattern']}`"
    arms = schema.get("anyOf") or schema.get("oneOf") or ()
    return ", ".join(filter(None, (_range(arm) for arm in arms)))


def tables_of(markdown: str) -> dict[str, list[tuple[str, ...]]]:
    """The tables of a document: heading to rows of cells, without their header."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    heading = ""
    for line in markdown.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("|"):
            row = tuple(cell.strip() for cell in line.strip("|").split(" | "))
            tables.setdefault(heading, []).append(row)
    return {heading: rows[2:] for heading, rows in tables.items()}
