"""What a careful person writes with OpenAI's own package: no validation, but logs and errors."""

import functools
import json
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from openai import APIConnectionError, APIStatusError, OpenAI

logger = Logger(service="client-secrets")
secrets_manager = boto3.client("secretsmanager")


@functools.cache
def openai() -> OpenAI:
    """The client, made with the API key when the first request comes."""
    secret_id = os.environ["OPENAI_API_KEY_SECRET_ID"]
    api_key = secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"]
    return OpenAI(
        api_key=api_key, base_url=os.environ["OPENAI_BASE_URL"], timeout=8.0, max_retries=1
    )


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Mint with the SDK and answer as OpenAI did."""
    try:
        body = json.loads(event.get("body") or "{}")
        client_secret = openai().realtime.client_secrets.create(**body)
    except APIStatusError as exc:
        logger.warning("openai_refused", status=exc.status_code)
        return _answer(exc.status_code, json.dumps({"error": exc.body}))
    except APIConnectionError:
        logger.exception("openai_unreachable")
        return _answer(502, json.dumps({"error": {"message": "OpenAI cannot be reached."}}))
    logger.info("client_secret_issued", expires_at=client_secret.expires_at)
    return _answer(200, client_secret.to_json(indent=None))


def _answer(status: int, body: str) -> dict[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": body}
