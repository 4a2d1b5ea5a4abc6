"""The floor for these dependencies: boto3, urllib3 and json, nothing else."""

import json
import os
from typing import Any

import boto3
import urllib3

secrets_manager = boto3.client("secretsmanager")
http = urllib3.PoolManager()
url = f"{os.environ['OPENAI_BASE_URL']}/realtime/client_secrets"
known: dict[str, str] = {}


def api_key() -> str:
    """The OpenAI API key, read once per execution environment."""
    if "api_key" not in known:
        secret_id = os.environ["OPENAI_API_KEY_SECRET_ID"]
        known["api_key"] = secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"]
    return known["api_key"]


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Pass the body on to OpenAI and its answer back."""
    body = json.loads(event.get("body") or "{}")
    answer = http.request(
        "POST",
        url,
        body=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {api_key()}", "content-type": "application/json"},
        timeout=8,
        redirect=False,
    )
    return {
        "statusCode": answer.status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": answer.data.decode(),
    }
