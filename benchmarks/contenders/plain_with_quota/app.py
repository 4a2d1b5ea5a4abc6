"""The plain handler with the two DynamoDB calls that ours makes with its quotas on."""

import hashlib
import json
import os
import time
from typing import Any

import boto3
import urllib3
from botocore.exceptions import ClientError

secrets_manager = boto3.client("secretsmanager")
dynamodb = boto3.client("dynamodb")
http = urllib3.PoolManager()
url = f"{os.environ['OPENAI_BASE_URL']}/realtime/client_secrets"
known: dict[str, str] = {}

PER_DAY = 1_000_000


def api_key() -> str:
    """The OpenAI API key, read once per execution environment."""
    if "api_key" not in known:
        secret_id = os.environ["OPENAI_API_KEY_SECRET_ID"]
        known["api_key"] = secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"]
    return known["api_key"]


def is_counted(item_id: str) -> bool:
    """Count one request of today; False when the limit is reached."""
    now = int(time.time())
    try:
        dynamodb.update_item(
            TableName=os.environ["QUOTA_TABLE_NAME"],
            Key={"id": {"S": f"plain#{item_id}#{now // 86400}"}},
            UpdateExpression="ADD #day :one SET #expires_at = :expires_at",
            ConditionExpression="attribute_not_exists(#day) OR #day < :limit",
            ExpressionAttributeNames={"#day": "day", "#expires_at": "expires_at"},
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":limit": {"N": str(PER_DAY)},
                ":expires_at": {"N": str(now + 2 * 86400)},
            },
        )
    except ClientError as exc:
        if exc.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Count, pass the body on to OpenAI and its answer back."""
    body = json.loads(event.get("body") or "{}")
    caller = event["requestContext"]["authorizer"]["iam"]["userArn"]
    if not is_counted(hashlib.sha256(caller.encode()).hexdigest()) or not is_counted("stack"):
        return {"statusCode": 429, "headers": {}, "body": "{}"}
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
