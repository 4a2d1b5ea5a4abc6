"""What the endpoint answers, for the OpenAPI description; requests come from the models."""

from typing import Any

# Name: when it is sent, and the header object.
ANSWER_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "x-request-id": (
        "always",
        {"description": "OpenAI's request id, or ours.", "schema": {"type": "string"}},
    ),
    "cache-control": (
        "always",
        {"description": "Always `no-store`.", "schema": {"type": "string", "const": "no-store"}},
    ),
    "x-should-retry": (
        "refused",
        {
            "description": "`false` where a retry is useless or would mint a second secret.",
            "schema": {"type": "string", "const": "false"},
        },
    ),
    "retry-after": (
        "refused",
        {"description": "Seconds to wait.", "schema": {"type": "string"}},
    ),
    "retry-after-ms": (
        "refused",
        {
            "description": "Milliseconds to wait, for official SDKs.",
            "schema": {"type": "string"},
        },
    ),
}

# Rows that are made where OpenAI's answer, or the body, is read; `Rows` has the others.
ANSWERS_OF_OPENAI: dict[int, tuple[str, ...]] = {
    400: (
        "`missing_required_parameter`, `unknown_parameter`, `invalid_type`, `invalid_value`, "
        "`integer_below_min_value`, `integer_above_max_value`, `decimal_below_min_value`, "
        "`decimal_above_max_value`, `empty_array` (invalid_request_error), or what OpenAI says",
    ),
    403: ("OpenAI's own, with `model_not_found`",),
    404: ("OpenAI's own, with `model_not_found`",),
    409: ("OpenAI's own; SDKs are told not to retry",),
    413: ("OpenAI's own",),
    422: ("OpenAI's own",),
    429: (
        "`rate_limit_exceeded` (requests), or OpenAI's own: with `retry-after-ms` up to 8 s, "
        "SDKs wait; beyond, they are told not to retry",
    ),
}

# These have API Gateway's shape, `{"message": …}`, and none of our headers.
ANSWERS_OF_API_GATEWAY: dict[int, tuple[str, ...]] = {
    **dict.fromkeys((401, 403, 404, 413, 429, 500, 503), ("API Gateway's own (`Message`)",)),
}

_NULLABLE_STRING = {"type": ["string", "null"]}
_FIELDS = {
    "message": {"type": "string"},
    "param": {**_NULLABLE_STRING, "description": "Path, such as `session.tools[0].name`."},
    "code": {**_NULLABLE_STRING, "description": "For programs; a contract."},
}

SCHEMAS: dict[str, Any] = {
    "ClientSecret": {
        "type": "object",
        "description": "What opens sessions at OpenAI until it expires.",
        "required": ["value", "expires_at", "session"],
        "properties": {
            "value": {
                "type": "string",
                "description": "`ek_…`: give it to the app, keep it out of logs.",
            },
            "expires_at": {"type": "integer", "description": "Epoch seconds, UTC."},
            "session": {
                "type": "object",
                "description": "The effective session as OpenAI gives it, with any unknown field.",
            },
        },
    },
    "Error": {
        "description": "The function's errors have OpenAI's shape, API Gateway's have its own.",
        "anyOf": [
            {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"$ref": "#/components/schemas/ErrorBody"}},
            },
            {"$ref": "#/components/schemas/Message"},
        ],
    },
    "ErrorBody": {
        "type": "object",
        "required": ["message", "type", "param", "code"],
        "properties": {
            **_FIELDS,
            "type": {"type": "string", "description": "OpenAI's, such as `invalid_request_error`."},
            "details": {
                "type": "array",
                "maxItems": 50,
                "description": "All violations, where several fields are wrong.",
                "items": {"$ref": "#/components/schemas/Violation"},
            },
        },
    },
    "Violation": {
        "type": "object",
        "description": "One thing wrong with the body.",
        "required": ["message", "param", "code"],
        "properties": _FIELDS,
    },
    "Message": {
        "type": "object",
        "description": "What API Gateway says before or instead of the function.",
        "required": ["message"],
        "properties": {"message": _NULLABLE_STRING},
    },
}
