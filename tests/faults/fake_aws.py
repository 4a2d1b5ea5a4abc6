"""Secrets Manager and DynamoDB as replies of a `RawServer`: healthy ones, and AWS's errors."""

import json
from collections.abc import Mapping

from tests.raw_server import Peer, Reply
from tests.replies import reply

JSON = {"Content-Type": "application/x-amz-json-1.1"}


def secrets(values: Mapping[str, object]) -> Reply:
    """Answers GetSecretValue with the value whose name the secret's id contains."""

    def answer(peer: Peer) -> bool:
        assert peer.request is not None
        secret_id = peer.request.json["SecretId"]
        value = next(value for name, value in values.items() if name in secret_id)
        fields = value if isinstance(value, dict) else {"SecretString": value}
        body = {"ARN": f"arn:aws:secretsmanager:us-east-1:0:secret:{secret_id}", **fields}
        return reply(200, body, JSON)(peer)

    return answer


def counts(peer: Peer) -> bool:
    """Answers UpdateItem as for the first request of a caller."""
    assert peer.request is not None
    names = peer.request.json["ExpressionAttributeNames"].values()
    attributes = {name: {"N": "1"} for name in names}
    return reply(200, {"Attributes": attributes}, JSON)(peer)


def aws_error(code: str, status: int = 400) -> Reply:
    """An error in AWS's JSON protocol."""
    body = {"__type": f"com.amazonaws#{code}", "message": f"About {code}."}
    return reply(status, json.dumps(body).encode(), JSON)


def slowly(pause_s: float, healthy: Reply) -> Reply:
    """*healthy*, after a pause."""

    def answer(peer: Peer) -> bool:
        peer.stopped.wait(pause_s)
        return healthy(peer)

    return answer
