"""HTTP answers: OpenAI's shapes, and the headers that every answer of this function carries."""

import json
from collections.abc import Mapping
from typing import Any

from broker.errors import BrokerError
from broker.redaction import redacted_answer
from openai_realtime.client_secrets import ClientSecretCreateResponse

MOST_DETAILS = 50

# What API Gateway takes from a function, payload format 2.0.
Answer = dict[str, Any]

# A client secret must stay in no cache, be sniffed as nothing else, and leak through no referrer.
_ALWAYS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "referrer-policy": "no-referrer",
}


def issued(
    client_secret: ClientSecretCreateResponse,
    *,
    request_id: str,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """200: OpenAI's answer as OpenAI gave it, less the credentials in its session.

    Args:
        client_secret: What OpenAI gave.
        request_id: API Gateway's, used where OpenAI gave none.
        headers: Further headers, such as `x-ratelimit-*`.
    """
    ids = {"x-request-id": client_secret.request_id or request_id}
    return _json(200, redacted_answer(client_secret.body), {**(headers or {}), **ids})


def refused(error: BrokerError, *, request_id: str) -> Answer:
    """The error table's answer to *error*."""
    row = error.row
    headers = {"x-request-id": error.request_id or request_id, **error.headers}
    if row.should_retry is False:
        headers["x-should-retry"] = "false"
    if row.retry_after_ms is not None:
        headers["retry-after-ms"] = str(row.retry_after_ms)
        headers["retry-after"] = str(max(row.retry_after_ms // 1000, 1))
    body: dict[str, Any] = {
        "message": error.message,
        "type": row.type,
        "param": error.param,
        "code": row.code,
    }
    if error.details:
        body["details"] = [
            {"message": one.message, "param": one.param, "code": one.code}
            for one in error.details[:MOST_DETAILS]
        ]
    return _json(row.status, {"error": body}, headers)


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **_ALWAYS, **headers},
        # ASCII, as an answer of OpenAI's may hold a lone surrogate, which no UTF-8 can.
        "body": json.dumps(body, separators=(",", ":")),
        "isBase64Encoded": False,
    }
