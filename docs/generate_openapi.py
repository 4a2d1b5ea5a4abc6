"""Writes docs/openapi.json from the models that judge requests: `python -m docs.generate_openapi`.

`--check` writes nothing and fails when the file is not what the models say.
"""

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from broker.contract.session import ClientSecretRequest
from broker.contract.translation import TranslationClientSecretRequest
from broker.errors import Row, Rows
from docs.openapi_answers import (
    ANSWER_HEADERS,
    ANSWERS_OF_API_GATEWAY,
    ANSWERS_OF_OPENAI,
    SCHEMAS,
)

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "openapi.json"

CALLS = {
    "/v1/realtime/client_secrets": (
        "createClientSecret",
        "A client secret for a conversation or a transcription session",
        "ClientSecretRequest",
    ),
    "/v1/realtime/translations/client_secrets": (
        "createTranslationClientSecret",
        "A client secret for a translation session",
        "TranslationClientSecretRequest",
    ),
}


def description() -> dict[str, Any]:
    """The OpenAPI 3.1 description of the deployed endpoint."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenAI Realtime client secrets",
            "version": project["version"],
            "license": {"name": "Apache License 2.0", "identifier": project["license"]},
            "description": "Mints OpenAI Realtime client secrets for signed-in users. Requests, "
            "answers and errors have OpenAI's own shapes, so its SDKs work against this endpoint.",
        },
        "servers": [
            {
                "url": "https://{api_id}.execute-api.{region}.amazonaws.com",
                "description": "The stack's output `ApiUrl`.",
                "variables": {
                    "api_id": {"default": "abcdef1234"},
                    "region": {"default": "us-east-1"},
                },
            }
        ],
        "security": [{"JWT": []}, {"IAM": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": _security_schemes(),
            "parameters": {"Profile": _profile()},
            "responses": _responses(),
            "headers": {name: header for name, (_, header) in ANSWER_HEADERS.items()},
            "schemas": {**_request_schemas(), **SCHEMAS},
        },
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for path, (operation, summary, schema) in CALLS.items():
        paths[path] = {"post": _operation(operation, summary, schema)}
        paths[f"/{{profile}}{path}"] = {
            "parameters": [{"$ref": "#/components/parameters/Profile"}],
            "post": _operation(
                f"{operation}OfProfile", f"{summary}, of a named session profile", schema
            ),
        }
    return paths


def _operation(operation: str, summary: str, schema: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["Client secrets"],
        "requestBody": {
            "description": "An absent or empty body is `{}`. At most 256 KiB, 64 levels deep.",
            "required": False,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
        },
        "responses": {
            name.removeprefix("Status"): {"$ref": f"#/components/responses/{name}"}
            for name in _responses()
        },
    }


def _responses() -> dict[str, Any]:
    return {"Status200": _issued(), **_refusals()}


def _issued() -> dict[str, Any]:
    return {
        "description": "The client secret. OpenAI's answer, less MCP credentials.",
        "headers": _headers("always"),
        "content": _content("ClientSecret"),
    }


def _refusals() -> dict[str, Any]:
    """One response per status, which lists the rows of the error table that have it."""
    lines: dict[int, list[str]] = {}
    rows = [row for row in vars(Rows).values() if isinstance(row, Row)]
    for row in rows:
        lines.setdefault(row.status, []).append(f"- `{row.code}` ({row.type}){_retry(row)}")
    for status, texts in (*ANSWERS_OF_OPENAI.items(), *ANSWERS_OF_API_GATEWAY.items()):
        lines.setdefault(status, []).extend(f"- {text}" for text in texts)
    return {
        f"Status{status}": {
            "description": "\n".join(dict.fromkeys(lines[status])),
            "headers": _headers("always", "refused"),
            "content": _content("Error"),
        }
        for status in sorted(lines)
    }


def _retry(row: Row) -> str:
    if row.should_retry is False:
        return "; SDKs are told not to retry"
    if row.retry_after_ms is not None:
        return f"; SDKs retry after {row.retry_after_ms} ms"
    return ""


def _headers(*when: str) -> dict[str, Any]:
    return {
        name: {"$ref": f"#/components/headers/{name}"}
        for name, (sent, _) in ANSWER_HEADERS.items()
        if sent in when
    }


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _request_schemas() -> dict[str, Any]:
    _, document = TypeAdapter.json_schemas(
        [
            ("request", "validation", TypeAdapter(ClientSecretRequest)),
            ("translation", "validation", TypeAdapter(TranslationClientSecretRequest)),
        ],
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Any] = _without_titles(document["$defs"])
    return schemas


def _without_titles(node: Any) -> Any:
    """*node* without the titles Pydantic makes of field names; `title` is no field of ours."""
    if isinstance(node, dict):
        return {key: _without_titles(child) for key, child in node.items() if key != "title"}
    if isinstance(node, list):
        return [_without_titles(child) for child in node]
    return node


def _security_schemes() -> dict[str, Any]:
    return {
        "JWT": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "With `AuthMode=JWT`: the user's access token of the app's own issuer.",
        },
        "IAM": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "With `AuthMode=IAM`, the default: AWS Signature Version 4 for the "
            "service `execute-api`.",
            "x-amazon-apigateway-authtype": "awsSigv4",
        },
    }


def _profile() -> dict[str, Any]:
    return {
        "name": "profile",
        "in": "path",
        "required": True,
        "description": "Name of a session profile of the operator's.",
        "schema": {"type": "string"},
    }


def rendered() -> str:
    """The file's text."""
    return json.dumps(description(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or with `--check` compare it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="compare, write nothing")
    text = rendered()
    if not arguments.parse_args().check:
        FILE.write_text(text)
        return 0
    if FILE.exists() and FILE.read_text() == text:
        return 0
    sys.stderr.write("docs/openapi.json is not what the models say: run `make openapi`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
